// What people look at a cluster with: graph, plan, status and bundle, against a real API server.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type KubernetesApi, openKubernetesApi } from '../../src/store/index.ts'
import { type ApiServer, startApiServer } from '../api-server.ts'
import {
  createLookObjects,
  LOOK_NODES,
  type LookNode,
  MESH_NODES,
  PODS,
  randomKey,
  renewLease,
  sayPodReady,
  sayReport,
} from './look-objects.ts'
import { buildPrograms } from './programs/build-programs.ts'
import { CLOCK, createDefinitions, LOG } from './store-objects.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

let server: ApiServer
let api: KubernetesApi
let folder = ''
const children: ChildProcess[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'damask-look-'))
  const { kubernetes } = await buildPrograms()
  server = await startApiServer({ programs: kubernetes, users: { reader: ['readers'] } })
  api = await openKubernetesApi({ kubeconfig: server.kubeconfig, clock: CLOCK, log: LOG })
  await createDefinitions(api)
  await createLookObjects(api)
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  api?.close()
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => renewLease(api, 'damask-controller-0_1234'))

type Ended = { readonly code: number; readonly out: string; readonly err: string }

async function damaskWith(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Ended> {
  try {
    const options = { cwd: folder, env: { HOME: folder, ...env } }
    const { stdout, stderr } = await run(process.execPath, [join(ROOT, 'src/cli/main.ts'), ...words], options)
    return { code: 0, out: stdout, err: stderr }
  } catch (cause) {
    const { code, stdout, stderr } = cause as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

const damask = (...words: readonly string[]): Promise<Ended> => damaskWith({ KUBECONFIG: server.kubeconfig }, ...words)

const nodeNamed = (name: string): LookNode => {
  const found = LOOK_NODES.find((node) => node.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

describe('damask graph --kubernetes', () => {
  test('draws what stands in the cluster', async () => {
    const { code, out, err } = await damask('graph', '--kubernetes')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^network default: 2 sites, 3 nodes, 1 tunnel/)
    const topology = JSON.parse((await damask('graph', '--kubernetes', '-o', 'json')).out)
    expect(topology.sites.map(({ name }: { name: string }) => name)).toEqual(['aws', 'home'])
    for (const format of ['dot', 'mermaid', 'svg'])
      expect((await damask('graph', '--kubernetes', '-o', format)).code).toBe(0)
  })

  test('of a context that there is not, or of no kubeconfig at all, it says so', async () => {
    const { code, err } = await damask('graph', '--kubernetes', '--context', 'production')
    expect(code).toBe(1)
    expect(err).toContain('has no context "production"; it has admin, reader')
    const none = await damaskWith({}, 'graph', '--kubernetes')
    expect(none.code).toBe(1)
    expect(none.err).toContain(
      `nothing says which cluster: there is no kubeconfig at ${folder}/.kube/config; name one by --kubeconfig FILE or the variable KUBECONFIG`,
    )
  })

  test('who may not read the network is told what the API server says', async () => {
    const { code, err } = await damask('graph', '--kubernetes', '--context', 'reader')
    expect(code).toBe(1)
    expect(err).toMatch(/cannot read the network from the cluster: .*HTTP 403.*cannot list resource/)
  })
})

test('damask plan --kubernetes shows one node as its agent would make it', async () => {
  const { code, out } = await damask('plan', '--kubernetes', '--node', 'aws-1')
  expect(code).toBe(0)
  expect(out).toMatch(/^# links\ndamask0: <UP>/)
  expect(out).toContain('10.42.2.0/24')
  const wrong = await damask('plan', '--kubernetes', '--node', 'aws1')
  expect(wrong.err).toContain('did you mean "aws-1"?')
})

describe('damask status --kubernetes', () => {
  test('of a cluster that is well is a line for each site and node', async () => {
    const { code, out, err } = await damask('status', '--kubernetes')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('network     pods 10.42.0.0/16, services 10.43.0.0/16')
    expect(out).toContain('controller  damask-controller-0 leads')
    expect(out).toMatch(/ {2}aws +2 +2 +aws-1:1 +6 +\d+ \w+ ago\n {2}home +1 +1 +home-1:1 +3/)
    expect(out).toMatch(/ {2}aws-1 +aws +gateway:1 +203\.0\.113\.11:51820 +yes +\d+ \w+ ago +3 +0\.3\.0/)
    expect(out).not.toContain('trouble')
  })

  test('shows first what is wrong, with the reason that the agent gives', async () => {
    await sayReport(api, nodeNamed('home-1'), { ready: 'False', reason: 'this kernel has no WireGuard' })
    const { code, out } = await damask('status', '--kubernetes')
    expect(code).toBe(1)
    expect(out).toContain('\ntrouble\n  error  home-1  this kernel has no WireGuard\n')
    const { nodes } = JSON.parse((await damask('status', '--kubernetes', '-o', 'json')).out)
    expect(nodes.map(({ name }: { name: string }) => name)).toEqual(['home-1', 'aws-1', 'aws-2'])
    await sayReport(api, nodeNamed('home-1'), { ready: 'True' })
  })

  test('--wait ends when the last node becomes ready', async () => {
    await sayReport(api, nodeNamed('home-1'), { ready: 'False', reason: 'it is just starting' })
    const words = ['status', '--kubernetes', '--wait', '--timeout', '60']
    const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), ...words], {
      cwd: folder,
      env: { HOME: folder, KUBECONFIG: server.kubeconfig },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    children.push(child)
    let err = ''
    child.stderr.on('data', (text) => {
      if (err === '') void sayReport(api, nodeNamed('home-1'), { ready: 'True' })
      err += text
    })
    const [code] = await once(child, 'close')
    expect(err).toBe(
      "2 of 3 nodes ready, 3 of 3 agents' pods; waiting for home-1\n3 of 3 nodes ready, 3 of 3 agents' pods\n",
    )
    expect(code).toBe(0)
  })

  test('--watch ends at its time with who is missing', async () => {
    await sayPodReady(api, 'damask-agent-aws-2', false)
    const { code, err, out } = await damask('status', '--kubernetes', '--watch', '--timeout', '1')
    expect(code).toBe(1)
    expect(err).toContain('not ready within 1 s: aws-2')
    expect(out).toContain('error  aws-2  its agent is not ready')
    await sayPodReady(api, 'damask-agent-aws-2', true)
  })

  test('a node without MeshNode, and one that another contradicts, are said', async () => {
    const nodes = { group: '', version: 'v1', plural: 'nodes' }
    await api.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'gcp-1' } })
    await api.create(MESH_NODES, {
      apiVersion: 'damask.dev/v1alpha1',
      kind: 'MeshNode',
      metadata: { name: 'thief' },
      spec: { site: 'aws', podPrefixes: ['10.42.0.0/24'], privateAddresses: ['172.31.0.13/24'] },
    })
    const { out } = await damask('status', '--kubernetes')
    expect(out).toMatch(/error {2}gcp-1 +it has no MeshNode: the controller has made none of it yet\n/)
    expect(out).toMatch(/error {2}thief +it is left out, as MeshNode\/aws-1 is older/)
    await api.remove(MESH_NODES, 'thief')
    await api.remove(nodes, 'gcp-1')
  })
})

describe('damask bundle', () => {
  const secrets = {
    privateKey: randomKey(),
    password: 'correct-horse-battery',
    jwt: `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from('{"sub":"it"}').toString('base64url')}.c2lnbmF0dXJl`,
    pem: '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIPlantedPlantedPlanted\n-----END EC PRIVATE KEY-----',
    keyData: Buffer.from('-----BEGIN RSA PRIVATE KEY-----\nplanted\n').toString('base64'),
    token: 'abcdef.0123456789abcdef',
  }

  test('holds what a report needs, no secret, and says what could not be had', async () => {
    const { privateKey, password, jwt, pem, keyData, token } = secrets
    await api.create(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'damask-agent-odd',
        namespace: 'damask-system',
        labels: { 'app.kubernetes.io/name': 'damask-agent' },
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"key":"${privateKey}"}` },
      },
      spec: {
        nodeName: 'aws-1',
        hostNetwork: true,
        automountServiceAccountToken: false,
        containers: [
          { name: 'it', image: 'it', args: [`--token=${token}`], env: [{ name: 'PROXY', value: password }] },
        ],
      },
    })
    await api.create(
      { group: '', version: 'v1', plural: 'configmaps', namespace: 'damask-system' },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'odd', namespace: 'damask-system' },
        data: { pem, kubeconfig: `users:\n- user:\n    client-key-data: ${keyData}\n    token: ${jwt}` },
      },
    )
    await api.mergePatch(
      MESH_NODES,
      'home-1',
      { status: { conditions: [{ type: 'Odd', message: `cannot use the key ${privateKey} with ${jwt}` }] } },
      'status',
    )
    const { code, out, err } = await damask('bundle', '-o', 'report.tar.gz')
    expect(out).toMatch(/^report\.tar\.gz: \d+ files; \d+ things could not be had, INDEX\.txt in it says why\n$/)
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('reading objects') })
    await run('tar', ['xzf', 'report.tar.gz'], { cwd: folder })
    const read = (name: string): string => readFileSync(join(folder, 'report', name), 'utf8')
    const { stdout: names } = await run('find', ['report', '-type', 'f'], { cwd: folder })
    const all = names.trim().split('\n')
    for (const name of all) {
      const text = readFileSync(join(folder, name), 'utf8')
      for (const [kind, secret] of Object.entries(secrets))
        expect(text.includes(secret), `${kind} in ${name}`).toBe(false)
      expect(text, name).not.toContain('planted')
    }
    const aws1 = await api.get(MESH_NODES, 'aws-1')
    const { publicKey = 'none' } = (aws1?.status ?? {}) as { readonly publicKey?: string }
    expect(read('objects/meshnodes.yaml')).toContain(publicKey)
    expect(read('objects/pods.yaml')).toContain('name: PROXY\n          value: "[withheld: value of a variable]"')
    expect(read('graph.txt')).toMatch(/^network default: 2 sites/)
    expect(read('status.txt')).toContain('aws-1')
    const index = read('INDEX.txt')
    for (const name of ['objects/networks.yaml', 'objects/leases.yaml', 'objects/nodes.yaml', 'version.json'])
      expect(index).toContain(`  ${name} `)
    // There is no kubelet behind this API server.
    expect(index).toMatch(/Not in it\n[\s\S]* {2}logs\/damask-agent-aws-1\.log: the API server .* refuses GET/)
    expect(index).toMatch(/ {2}agents\/aws-1\.json: cannot run damask status -o json in pod damask-agent-aws-1: /)
    await api.remove(PODS, 'damask-agent-odd')
  })

  test('of a cluster that is not there is none', async () => {
    const { code, err } = await damask('bundle', '--api-server', 'https://127.0.0.1:1', '-o', 'none.tar.gz')
    expect(code).toBe(1)
    expect(err).toContain('the API server https://127.0.0.1:1 does not answer')
  })
})

test('without a kubeconfig, through kubectl proxy', async () => {
  const { kubernetes } = await buildPrograms()
  const words = ['proxy', '--port=0', `--kubeconfig=${server.kubeconfig}`]
  const proxy = spawn(join(kubernetes, 'kubectl'), words, { stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(proxy)
  const said = await new Promise<string>((resolve) => proxy.stdout.once('data', (text) => resolve(String(text))))
  const address = /127\.0\.0\.1:\d+/.exec(said)?.[0]
  const { code, out } = await damaskWith({}, 'status', '--kubernetes', '--api-server', `http://${address}`)
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('aws-2') })
})
