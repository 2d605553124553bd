// A real API server as a store: what every store has to do, and what only a cluster does to one.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type NodeStatus, parseAddress } from '../../src/model/index.ts'
import {
  type CollectionCache,
  type KubernetesApi,
  type KubernetesObject,
  openKubernetesApi,
  openKubernetesStore,
  type Store,
  watchCollection,
} from '../../src/store/index.ts'
import { describeStore } from '../../src/store/store.conformance.ts'
import { type ApiServer, startApiServer } from '../api-server.ts'
import { type ApiProxy, startApiProxy } from './api-proxy.ts'
import { buildPrograms } from './programs/build-programs.ts'
import { CLOCK, collectionOf, createDefinitions, emptyCluster, fastClock, LOG, toObject } from './store-objects.ts'

let programs: string
let server: ApiServer
let api: KubernetesApi
beforeAll(async () => {
  programs = (await buildPrograms()).kubernetes
  server = await startApiServer({ programs, words: clientAuthority() })
  api = await openKubernetesApi({ kubeconfig: server.kubeconfig, clock: CLOCK, log: LOG })
  await createDefinitions(api)
})
afterAll(async () => {
  api?.close()
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

const MAPS = { group: '', version: 'v1', plural: 'configmaps', namespace: 'default' }
const NODES = collectionOf('Node')

const folder = mkdtempSync(join(tmpdir(), 'damask-store-test-'))
const inFolder = (name: string): string => join(folder, name)

describeStore('a cluster', async () => {
  await emptyCluster(api)
  const store = openKubernetesStore({ api, clock: CLOCK, log: LOG })
  return {
    store,
    async put(document) {
      await api.apply(collectionOf(document.kind), toObject(document), { fieldManager: 'person', force: true })
    },
    remove: async (kind, name) => void (await api.remove(collectionOf(kind), name)),
    close: async () => store.close(),
  }
})

describe('a MeshNode that several write', () => {
  let store: Store
  const meshNode = toObject({
    kind: 'Node',
    name: 'aws-1',
    spec: { privateAddresses: ['172.31.0.1/20'], podPrefixes: ['10.42.1.0/24'] },
  })
  const status: NodeStatus = {
    name: 'aws-1',
    underlayMtuBytes: 1500,
    addresses: [{ address: parseAddress('172.31.0.1'), length: 20 }],
  }
  const report = {
    isReady: true,
    role: 'gateway',
    slot: 1,
    pods: 3,
    version: '1',
    lastHandshakeAt: 1_800_000_000_123,
  } as const

  beforeEach(async () => {
    await emptyCluster(api)
    await api.apply(NODES, meshNode, { fieldManager: 'damask-nodes' })
    store = openKubernetesStore({ api, clock: CLOCK, log: LOG })
  })
  afterEach(() => store.close())

  test('takes the report of its agent in the words that kubectl prints', async () => {
    expect(await store.writeStatus(status, report)).toBe(true)
    expect((await api.get(NODES, 'aws-1'))?.status).toEqual({
      underlayMtu: 1500,
      addresses: ['172.31.0.1/20'],
      report: {
        role: 'gateway',
        slot: 1,
        ready: 'True',
        pods: 3,
        version: '1',
        lastHandshakeTime: '2027-01-15T08:00:00Z',
      },
    })
    expect(await store.writeStatus(status, report)).toBe(false)
    expect(await store.writeStatus(status, { ...report, isReady: false, reason: 'no key' })).toBe(true)
  })

  test('is not written again by an agent that starts anew', async () => {
    await store.writeStatus(status, report)
    const next = openKubernetesStore({ api, clock: CLOCK, log: LOG })
    expect(await next.writeStatus(status, report)).toBe(false)
    next.close()
  })

  test('has its status written again where somebody wiped it', async () => {
    await store.writeStatus(status, report)
    await api.mergePatch(NODES, 'aws-1', { status: null }, 'status')
    await expect.poll(() => store.writeStatus(status, report)).toBe(true)
  })

  test('does not tell other agents of a report', async () => {
    await store.writeStatus(status, report)
    // The first list is told of too.
    await new Promise((resolve) => setTimeout(resolve, 200))
    const before = await store.read()
    let told = 0
    store.watch(() => told++)
    await store.writeStatus(status, { ...report, pods: 4 })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(told).toBe(0)
    expect(await store.read()).toBe(before)
  })

  test('keeps what the others wrote', async () => {
    await store.writeStatus(status, report)
    await store.writeGrant({ name: 'aws-1', site: 'aws', slot: 1 })
    await api.apply(
      NODES,
      { ...meshNode, granted: { podPrefixes: ['10.42.7.0/24'] } },
      { fieldManager: 'damask-nodes' },
    )
    await store.removeGrant('aws-1')
    expect(await api.get(NODES, 'aws-1')).toMatchObject({ ...meshNode, granted: { podPrefixes: ['10.42.7.0/24'] } })
    expect((await api.get(NODES, 'aws-1'))?.granted).not.toHaveProperty('slot')
  })

  test('that is not there yet takes no status, and none is made for a grant', async () => {
    await expect(store.writeStatus({ name: 'aws-9' })).rejects.toThrow(
      'cannot write the status of node aws-9: the cluster has no MeshNode of this name (yet)',
    )
    await store.read()
    await api.remove(NODES, 'aws-1')
    // Whether the watch told of it or not.
    await expect(store.writeGrant({ name: 'aws-1', slot: 1 })).rejects.toThrow('cannot write the grant of node aws-1')
    expect(await api.list(NODES)).toEqual([])
  })

  test('to which a person granted a slot keeps that', async () => {
    await api.mergePatch(NODES, 'aws-1', { granted: { slot: 2 } })
    await expect.poll(() => store.grantedNodes()).toEqual(['aws-1'])
    await expect(store.writeGrant({ name: 'aws-1', slot: 1 })).rejects.toThrow(/a person granted it another one/)
    await expect(store.removeGrant('aws-1')).rejects.toThrow(/a person wrote it/)
  })
})

describe('a cluster without the kinds of Damask', () => {
  test('is said to have none', async () => {
    const bare = await startApiServer({ programs })
    const bareApi = await openKubernetesApi({ kubeconfig: bare.kubeconfig, clock: CLOCK, log: LOG })
    const store = openKubernetesStore({ api: bareApi, clock: CLOCK, log: LOG })
    await expect(store.read()).rejects.toThrow(/cannot read the network from the cluster: .*is Damask installed there/)
    store.close()
    bareApi.close()
    await bare.close()
  })
})

describe('credentials', () => {
  const map = { metadata: { name: 'kube-root-ca.crt' } }
  const clusters = (): object[] => JSON.parse(readFileSync(server.kubeconfig, 'utf8')).clusters

  async function namesAs(user: object): Promise<string> {
    const path = inFolder('kubeconfig')
    const contexts = [{ name: 'c', context: { cluster: 'it', user: 'u' } }]
    const document = { 'current-context': 'c', clusters: clusters(), users: [{ name: 'u', user }], contexts }
    writeFileSync(path, JSON.stringify(document))
    const client = await openKubernetesApi({ kubeconfig: path, clock: CLOCK, log: LOG })
    try {
      return await whoAmI(client)
    } finally {
      client.close()
    }
  }

  async function whoAmI(client: KubernetesApi): Promise<string> {
    const reviews = { group: 'authentication.k8s.io', version: 'v1', plural: 'selfsubjectreviews' }
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', ...map }
    const { status } = await client.create(reviews, review)
    return (status as { userInfo: { username: string } }).userInfo.username
  }

  test('of a token', async () => {
    expect(await namesAs({ token: server.tokens.admin })).toBe('admin')
  })

  test('of a program that is run for a token', async () => {
    const program = inFolder('plugin')
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: server.tokens.admin },
    }
    writeFileSync(program, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`)
    chmodSync(program, 0o755)
    expect(await namesAs({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: program } })).toBe('admin')
  })

  test('of a certificate', async () => {
    const [cert, key] = clientCertificate('alice')
    expect(await namesAs({ 'client-certificate': cert, 'client-key': key })).toBe('alice')
  })

  test('of a file, by a path beside the kubeconfig', async () => {
    writeFileSync(inFolder('token'), `${server.tokens.admin}\n`)
    expect(await namesAs({ tokenFile: 'token' })).toBe('admin')
  })

  test('that are wrong are refused in a sentence', async () => {
    await expect(namesAs({ token: 'no' })).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('Unauthorized'),
    })
  })

  test('of another authority: the server is not believed', async () => {
    const wrong = clusters().map((cluster) => ({
      ...cluster,
      cluster: { server: server.url, 'certificate-authority-data': Buffer.from(authority).toString('base64') },
    }))
    const path = inFolder('wrong')
    const contexts = [{ name: 'c', context: { cluster: 'it', user: 'u' } }]
    writeFileSync(
      path,
      JSON.stringify({ 'current-context': 'c', clusters: wrong, users: [{ name: 'u', user: {} }], contexts }),
    )
    const client = await openKubernetesApi({ kubeconfig: path, clock: CLOCK, log: LOG })
    await expect(client.getText('/version')).rejects.toThrow('is not from the authority that the configuration names')
    client.close()
  })

  test('of a pod, whose token is another after a while', async () => {
    const files = mkdtempSync(inFolder('account-'))
    writeFileSync(join(files, 'ca.crt'), server.certificate)
    writeFileSync(join(files, 'token'), 'ended')
    const client = await openKubernetesApi({
      isInCluster: true,
      server: server.url,
      serviceAccountFolder: files,
      clock: CLOCK,
      log: LOG,
    })
    await expect(whoAmI(client)).rejects.toMatchObject({ status: 401 })
    writeFileSync(join(files, 'token'), `${server.tokens.admin}`)
    expect(await whoAmI(client)).toBe('admin')
    client.close()
  })

  test('a context that is not there is named, with those that are', async () => {
    const opening = openKubernetesApi({ kubeconfig: server.kubeconfig, context: 'nobody', clock: CLOCK, log: LOG })
    await expect(opening).rejects.toThrow(/has no context "nobody"; it has admin/)
  })
})

describe('a watch through a proxy that misbehaves', () => {
  let proxy: ApiProxy
  let client: KubernetesApi
  let cache: CollectionCache<unknown>

  beforeEach(async () => {
    for (const { metadata } of await api.list(MAPS)) await api.remove(MAPS, metadata.name)
    await put('a')
    proxy = await startApiProxy(server)
  })
  afterEach(() => {
    cache?.close()
    client?.close()
    proxy.close()
  })

  async function watch(clock = CLOCK): Promise<void> {
    client = await openKubernetesApi({ server: proxy.url, clock, log: LOG })
    cache = watchCollection({
      api: client,
      collection: MAPS,
      project: ({ data }) => data,
      onChange() {},
      clock,
      log: LOG,
      spread: 0,
    })
    await expect.poll(() => cache.values()).toBeDefined()
    await expect.poll(() => proxy.paths.some((path) => path.includes('watch=true'))).toBe(true)
  }

  const names = (): readonly string[] =>
    [...(cache.values()?.keys() ?? [])].map((name) => name.replace('default/', '')).sort()
  const put = (name: string): Promise<KubernetesObject> => api.apply(MAPS, mapOf(name), { fieldManager: 'test' })

  test('cuts streams: what happened meanwhile is heard, without another list', async () => {
    await watch()
    proxy.cut()
    await put('b')
    await api.remove(MAPS, 'a')
    await expect.poll(names).toEqual(['b'])
    expect(proxy.paths.filter((path) => path.includes('limit=500'))).toHaveLength(1)
  })

  test('lets nothing in for a while: what happened meanwhile is heard after', async () => {
    await watch(fastClock(10))
    proxy.refuse(true)
    await put('b')
    await expect.poll(() => cache.trouble()).toBeDefined()
    expect(names()).toEqual(['a'])
    proxy.refuse(false)
    await expect.poll(names).toEqual(['a', 'b'])
  })

  test('keeps streams open and silent: they are given up, and opened anew', async () => {
    // 330 seconds are 11 here.
    await watch(fastClock(30))
    proxy.silence()
    await put('b')
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(names()).toEqual(['a'])
    await expect.poll(names, { timeout: 60_000 }).toEqual(['a', 'b'])
  })

  test('lists in pages', async () => {
    await Promise.all(Array.from({ length: 1100 }, (_, number) => put(`m${number}`)))
    await watch()
    expect(cache.values()?.size).toBe(1101)
    expect(proxy.paths.filter((path) => path.includes('limit=500'))).toHaveLength(3)
    expect((await client.list(MAPS)).length).toBe(1101)
  })
})

describe('a server', () => {
  test('that was killed and is back is heard again, and so is one that lost what happened last (a backup)', async () => {
    const clock = fastClock(10)
    const other = await startApiServer({ programs })
    const client = await openKubernetesApi({ kubeconfig: other.kubeconfig, clock: CLOCK, log: LOG })
    const cache = watchCollection({
      api: client,
      collection: MAPS,
      project: ({ data }) => data,
      onChange() {},
      clock,
      log: LOG,
    })
    const names = (): readonly string[] => [...(cache.values()?.keys() ?? [])].sort()
    const put = (name: string): Promise<KubernetesObject> => client.apply(MAPS, mapOf(name), { fieldManager: 'test' })
    try {
      await cache.listed()
      await put('a')
      await expect.poll(names).toEqual(['default/a'])
      await other.kill()
      other.keepBackup()
      await expect.poll(() => cache.trouble()).toBeDefined()
      await other.start()
      await put('b')
      await put('c')
      await expect.poll(names).toEqual(['default/a', 'default/b', 'default/c'])
      await other.kill()
      other.putBackupBack()
      await other.start()
      await expect.poll(names).toEqual(['default/a'])
      await put('d')
      await expect.poll(names).toEqual(['default/a', 'default/d'])
    } finally {
      cache.close()
      client.close()
      await other.close()
    }
  })

  test('that forgot where we were (410, by compaction) is listed anew', async () => {
    const other = await startApiServer({ programs, words: ['--watch-cache=false', '--etcd-compaction-interval=1s'] })
    const proxy = await startApiProxy(other)
    const direct = await openKubernetesApi({ kubeconfig: other.kubeconfig, clock: CLOCK, log: LOG })
    const client = await openKubernetesApi({ server: proxy.url, clock: CLOCK, log: LOG })
    const cache = watchCollection({
      api: client,
      collection: MAPS,
      project: ({ data }) => data,
      onChange() {},
      clock: fastClock(10),
      log: LOG,
    })
    const names = (): readonly string[] => [...(cache.values()?.keys() ?? [])].sort()
    const put = (name: string): Promise<KubernetesObject> => direct.apply(MAPS, mapOf(name), { fieldManager: 'test' })
    try {
      for (const name of ['a', 'b', 'c']) await put(name)
      await expect.poll(names).toHaveLength(3)
      const { resourceVersion, continue: next } = await direct.page(MAPS, { limit: 1 })
      proxy.refuse(true)
      await direct.remove(MAPS, 'a')
      const isForgotten = async (): Promise<boolean> => {
        await put('d')
        await direct.mergePatch(MAPS, 'd', { data: { at: String(Date.now()) } })
        const events = direct.events(MAPS, {
          resourceVersion,
          timeoutSeconds: 1,
          onEvent() {},
          signal: new AbortController().signal,
        })
        return events.then(
          () => false,
          (cause) => cause.status === 410,
        )
      }
      await expect.poll(isForgotten, { interval: 500, timeout: 60_000 }).toBe(true)
      await expect(direct.page(MAPS, { limit: 1, ...(next && { continue: next }) })).rejects.toMatchObject({
        status: 410,
      })
      expect(names()).toHaveLength(3)
      proxy.refuse(false)
      await expect.poll(names).toEqual(['default/b', 'default/c', 'default/d'])
      expect(proxy.paths.filter((path) => path.includes('limit=500'))).toHaveLength(2)
    } finally {
      cache.close()
      client.close()
      direct.close()
      proxy.close()
      await other.close()
    }
  })
})

const mapOf = (name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data: { name },
})

let authority = ''

/** An authority of its own for certificates of clients; the words with which the server believes it. */
function clientAuthority(): readonly string[] {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=clients',
    '-keyout',
    inFolder('ca.key'),
    '-out',
    inFolder('ca.crt'),
  )
  authority = readFileSync(inFolder('ca.crt'), 'utf8')
  return [`--client-ca-file=${inFolder('ca.crt')}`]
}

function clientCertificate(user: string): readonly [certificate: string, key: string] {
  const [cert, key, request] = ['crt', 'key', 'csr'].map((suffix) => inFolder(`${user}.${suffix}`)) as [
    string,
    string,
    string,
  ]
  openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    `/CN=${user}`,
    '-keyout',
    key,
    '-out',
    request,
  )
  openssl(
    'x509',
    '-req',
    '-in',
    request,
    '-CA',
    inFolder('ca.crt'),
    '-CAkey',
    inFolder('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-out',
    cert,
  )
  return [cert, key]
}

const openssl = (...words: readonly string[]): unknown => execFileSync('openssl', words, { stdio: 'pipe' })
