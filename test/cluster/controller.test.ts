// `damask controller` at a real API server, with no more rights than `damask install` gives it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { access } from '../../src/cli/install/access.ts'
import { type Collection, type KubernetesApi, type KubernetesObject, openKubernetesApi } from '../../src/store/index.ts'
import { type ApiServer, startApiServer } from '../api-server.ts'
import { buildPrograms } from './programs/build-programs.ts'

const SOURCE = resolve(import.meta.dirname, '../../src')
const CRDS = join(SOURCE, 'cli/install/crds')
const ACCOUNT = 'system:serviceaccount:damask-system:damask-controller'
const SILENT = { debug() {}, info() {}, warn() {} }
const CLOCK = {
  now: () => Date.now(),
  after(milliseconds: number, run: () => void) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
}

const core = (plural: string, namespace?: string): Collection => ({
  group: '',
  version: 'v1',
  plural,
  ...(namespace !== undefined && { namespace }),
})
const damask = (plural: string): Collection => ({ group: 'damask.dev', version: 'v1alpha1', plural })
const [NODES, MESH_NODES, NETWORKS] = [core('nodes'), damask('meshnodes'), damask('networks')]
const LEASES = { ...core('leases', 'damask-system'), group: 'coordination.k8s.io' }

let folder: string
let server: ApiServer
let api: KubernetesApi
let kubeconfig: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'damask-controller-'))
  const { kubernetes } = await buildPrograms()
  server = await startApiServer({ programs: kubernetes, users: { [ACCOUNT]: [] } })
  api = await openKubernetesApi({ kubeconfig: server.kubeconfig, clock: CLOCK, log: SILENT })
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'damask-system' } }
  await api.create(core('namespaces'), namespace)
  for (const object of access) await api.create(collectionOf(object), object)
  for (const file of readdirSync(CRDS)) {
    const definition: KubernetesObject = JSON.parse(readFileSync(join(CRDS, file), 'utf8'))
    await api.create(collectionOf(definition), definition)
  }
  await until(() => Promise.all([MESH_NODES, NETWORKS, damask('sites')].map((each) => api.list(each))))
  kubeconfig = join(folder, 'kubeconfig')
  const config = JSON.parse(readFileSync(server.kubeconfig, 'utf8'))
  writeFileSync(kubeconfig, JSON.stringify({ ...config, 'current-context': ACCOUNT }))
})
afterAll(async () => {
  api?.close()
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

const PLURALS: Readonly<Record<string, string>> = { CustomResourceDefinition: 'customresourcedefinitions' }
function collectionOf({ apiVersion = '', kind = '', metadata: { namespace } }: KubernetesObject): Collection {
  const [group = '', version = 'v1'] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  return { group, version, plural: PLURALS[kind] ?? `${kind.toLowerCase()}s`, ...(namespace && { namespace }) }
}

/** Soon it does not throw any more; otherwise what it threw last. */
async function until<Value>(look: () => Promise<Value>, seconds = 60): Promise<Value> {
  for (const end = Date.now() + seconds * 1000; ; ) {
    try {
      return await look()
    } catch (cause) {
      if (Date.now() > end) throw cause
      await new Promise((wake) => setTimeout(wake, 50))
    }
  }
}

type Running = { readonly child: ChildProcess; readonly lines: () => readonly string[] }
let running: Running[] = []

function startController(identity: string): Running {
  const words = ['controller', '--kubernetes', '--kubeconfig', kubeconfig, '--identity', identity]
  const child = spawn(process.execPath, [join(SOURCE, 'cli/main.ts'), ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  const lines = (): readonly string[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line).msg)
  const one = { child, lines }
  running.push(one)
  return one
}

async function end({ child }: Running, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

type NodeWords = { readonly region?: string; readonly podCIDR?: string; readonly annotations?: Record<string, string> }

/** As a kubelet registers it, and its agent says what it found. */
async function addNode(name: string, address: string, { region = 'west', podCIDR, annotations = {} }: NodeWords = {}) {
  const labels = { 'topology.kubernetes.io/region': region }
  const spec = podCIDR === undefined ? {} : { podCIDR, podCIDRs: [podCIDR] }
  await api.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels, annotations }, spec })
  await api.mergePatch(NODES, name, { status: { addresses: [{ type: 'InternalIP', address }] } }, 'status')
}

async function sayAddresses(name: string, ...addresses: readonly string[]): Promise<void> {
  const object = { apiVersion: 'damask.dev/v1alpha1', kind: 'MeshNode', metadata: { name }, status: { addresses } }
  // An agent waits for its MeshNode; applied before it is there it would be refused.
  await until(async () => expect(await api.get(MESH_NODES, name)).toBeDefined())
  await api.apply(MESH_NODES, object, { fieldManager: 'damask-agent', force: true, subresource: 'status' })
}

type Seen = { readonly spec?: Record<string, unknown>; readonly granted?: unknown } & KubernetesObject

const meshNode = async (name: string): Promise<Seen | undefined> =>
  (await api.get(MESH_NODES, name)) as Seen | undefined

/** Site, private addresses and pod prefixes, as in `west 172.31.0.1/20 10.42.1.0/24`. */
async function wordsOf(name: string): Promise<string> {
  const found = await meshNode(name)
  if (found === undefined) return 'none'
  const { spec = {}, granted, metadata } = found
  const { site: _, slot: __, ...grant } = (granted ?? {}) as Record<string, unknown>
  const words = [
    metadata.labels?.['topology.kubernetes.io/region'],
    spec.privateAddresses,
    spec.podPrefixes,
    grant.podPrefixes,
  ]
  return words.filter((word) => word !== undefined && String(word) !== '').join(' ')
}

const becomes = (name: string, words: string): Promise<void> =>
  until(async () => expect(await wordsOf(name)).toBe(words))

const network = (podPrefixes: readonly string[]): KubernetesObject => ({
  apiVersion: 'damask.dev/v1alpha1',
  kind: 'Network',
  metadata: { name: 'default' },
  spec: { podPrefixes, sites: { by: 'label', label: 'topology.kubernetes.io/region' } },
})
const asPerson = { fieldManager: 'person', force: true }

beforeEach(async () => {
  running = []
  await api.apply(NETWORKS, network(['10.42.0.0/16']), asPerson)
})
afterEach(async () => {
  await Promise.all(running.map((one) => end(one, 'SIGKILL')))
  for (const collection of [NODES, MESH_NODES])
    for (const { metadata } of await api.list(collection)) await api.remove(collection, metadata.name)
  await api.remove(LEASES, 'damask-controller')
})

describe('the controller of a cluster', () => {
  test('makes a MeshNode of each Node, follows its labels and annotations, and removes it with the Node', async () => {
    const controller = startController('one')
    await addNode('a', '172.31.0.1', { podCIDR: '10.42.1.0/24' })
    await becomes('a', 'west 10.42.1.0/24')
    await sayAddresses('a', '127.0.0.1/8', '172.31.0.1/20')
    await becomes('a', 'west 172.31.0.1/20 10.42.1.0/24')
    await until(async () => expect((await meshNode('a'))?.granted).toEqual({ site: 'west', slot: 1 }))
    await api.mergePatch(NODES, 'a', { metadata: { labels: { 'topology.kubernetes.io/region': 'east' } } })
    await becomes('a', 'east 172.31.0.1/20 10.42.1.0/24')
    const endpoint = { 'damask.dev/endpoint': '203.0.113.1:1337', 'kilo.squat.ai/location': 'kilo' }
    await api.mergePatch(NODES, 'a', { metadata: { annotations: endpoint } })
    await becomes('a', 'kilo 172.31.0.1/20 10.42.1.0/24')
    expect((await meshNode('a'))?.spec?.endpoint).toEqual({ host: '203.0.113.1', port: 1337 })
    const none = { 'damask.dev/endpoint': null, 'kilo.squat.ai/location': null }
    await api.mergePatch(NODES, 'a', {
      metadata: { annotations: none, labels: { 'topology.kubernetes.io/region': null } },
    })
    await becomes('a', '172.31.0.1/20 10.42.1.0/24')
    expect((await meshNode('a'))?.spec).not.toHaveProperty('endpoint')
    await api.remove(NODES, 'a')
    await becomes('a', 'none')
    await end(controller, 'SIGTERM')
    expect(controller.child.exitCode).toBe(0)
    expect(controller.lines().filter((line) => /MeshNode a\b/.test(line))).toEqual([
      'made MeshNode a',
      'removed MeshNode a: its Node is gone',
    ])
    expect(controller.lines().at(-1)).toBe('stopped; what was written stays')
  })

  test('begins anew with a Node that came back under its name', async () => {
    startController('one')
    await addNode('a', '172.31.0.1', { podCIDR: '10.42.1.0/24' })
    await sayAddresses('a', '172.31.0.1/20')
    await becomes('a', 'west 172.31.0.1/20 10.42.1.0/24')
    const before = await meshNode('a')
    await api.remove(NODES, 'a')
    await addNode('a', '172.31.0.9', { podCIDR: '10.42.9.0/24' })
    await becomes('a', 'west 10.42.9.0/24')
    const after = await meshNode('a')
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid)
    expect(after?.metadata.ownerReferences?.[0]?.uid).toBe((await api.get(NODES, 'a'))?.metadata.uid)
  })

  test('leaves alone the machines that people wrote down, also where a Node has the name', async () => {
    const laptop = { apiVersion: 'damask.dev/v1alpha1', kind: 'MeshNode', metadata: { name: 'laptop' } }
    const spec = { privateAddresses: ['10.0.0.7/24'], podPrefixes: ['10.42.0.0/24'] }
    await api.apply(MESH_NODES, { ...laptop, spec }, asPerson)
    const before = await meshNode('laptop')
    const controller = startController('one')
    await addNode('laptop', '172.31.0.1')
    await addNode('a', '172.31.0.2', { podCIDR: '10.42.1.0/24' })
    await becomes('a', 'west 10.42.1.0/24')
    await until(async () =>
      expect(controller.lines().join()).toContain('there is a MeshNode laptop that a person wrote'),
    )
    await api.remove(NODES, 'laptop')
    await api.remove(NODES, 'a')
    await becomes('a', 'none')
    expect((await meshNode('laptop'))?.spec).toEqual(before?.spec)
    expect((await meshNode('laptop'))?.metadata.uid).toBe(before?.metadata.uid)
  })

  test('grants pod prefixes where the cluster gives none, each once, also a hundred at once, and what is free last', async () => {
    await api.apply(NETWORKS, { ...network(['10.42.0.0/16', 'fd42::/48']) }, asPerson)
    startController('one')
    const names = Array.from({ length: 100 }, (_, index) => `n${String(index).padStart(3, '0')}`)
    await Promise.all(names.map((name, index) => addNode(name, `172.31.1.${index}`)))
    const granted = () =>
      Promise.all(
        names.map(async (name) => {
          const { podPrefixes = [] } = ((await meshNode(name))?.granted ?? {}) as {
            readonly podPrefixes?: readonly string[]
          }
          return podPrefixes
        }),
      )
    await until(async () => expect((await granted()).every((own) => own.length === 2)).toBe(true))
    const all = await granted()
    expect(new Set(all.flat()).size).toBe(200)
    expect(new Set(all.map(([ipv4]) => ipv4))).toEqual(new Set(names.map((_, index) => `10.42.${index}.0/24`)))
    await api.remove(NODES, 'n007')
    await becomes('n007', 'none')
    await addNode('new', '172.31.2.1')
    await becomes('new', 'west 10.42.100.0/24,fd42:0:0:64::/64')
    expect(await granted()).toEqual(all.map((own, index) => (index === 7 ? [] : own)))
  })

  test('says at the Node what is wrong with it, once, and goes on with all others', async () => {
    const controller = startController('one')
    await addNode('a', '172.31.0.1', { podCIDR: '10.44.1.0/24', annotations: { 'damask.dev/gateway': 'perhaps' } })
    await addNode('b', '172.31.0.2', { podCIDR: '10.42.2.0/24' })
    await sayAddresses('a', '172.31.0.1/20')
    await sayAddresses('b', '172.31.0.2/20')
    await becomes('a', 'west 172.31.0.1/20')
    await becomes('b', 'west 172.31.0.2/20 10.42.2.0/24')
    const messages = async () => {
      const all = await api.list(core('events', 'default'))
      const own = all.filter(({ involvedObject }) => (involvedObject as { readonly name: string }).name !== 'laptop')
      return own.map(({ message }) => String(message)).sort()
    }
    const wanted = [
      'annotation damask.dev/gateway is "perhaps"; expected prefer, allow or never; until then it is allow',
      "spec.podPrefixes[0] of Node/a: 10.44.1.0/24 is outside; the Network's podPrefixes are 10.42.0.0/16; until then podPrefixes is left out",
    ]
    await until(async () => expect(await messages()).toEqual(wanted))
    await api.mergePatch(NODES, 'b', { metadata: { annotations: { 'damask.dev/gateway': 'never' } } })
    await until(async () => expect((await meshNode('b'))?.spec?.gateway).toBe('never'))
    expect(await messages()).toEqual(wanted)
    expect(controller.lines().filter((line) => line.includes('perhaps'))).toHaveLength(1)
  })

  test('is one of two: the other takes over when it is killed, and at once when it is told to stop', async () => {
    const one = startController('one')
    await until(async () => expect(one.lines().join()).toContain('is at work'))
    const two = startController('two')
    await until(async () => expect(two.lines()).toContain('one is at work; this controller waits'))
    await addNode('a', '172.31.0.1', { podCIDR: '10.42.1.0/24' })
    await becomes('a', 'west 10.42.1.0/24')
    expect(two.lines().join()).not.toContain('MeshNode')
    await end(one, 'SIGKILL')
    const killedAt = Date.now()
    await addNode('b', '172.31.0.2', { podCIDR: '10.42.2.0/24' })
    await becomes('b', 'west 10.42.2.0/24')
    expect(Date.now() - killedAt).toBeGreaterThan(10_000)
    expect(two.lines()).toContain('made MeshNode b')
    const three = startController('three')
    await until(async () => expect(three.lines()).toContain('two is at work; this controller waits'))
    await end(two, 'SIGTERM')
    expect(two.child.exitCode).toBe(0)
    const stoppedAt = Date.now()
    await until(async () => expect(three.lines().join()).toContain('this controller is at work'))
    expect(Date.now() - stoppedAt).toBeLessThan(10_000)
    const lease = await api.get(LEASES, 'damask-controller')
    expect(lease?.spec).toMatchObject({ holderIdentity: 'three', leaseDurationSeconds: 15, leaseTransitions: 2 })
  })
})
