// Somebody took the token of one agent: all that it is good for is the status of that agent's own node. Tried on a real API server.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Collection, type KubernetesApi, openKubernetesApi } from '../../src/store/index.ts'
import { type ApiServer, startApiServer } from '../api-server.ts'
import { buildPrograms } from './programs/build-programs.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

let server: ApiServer
let programs = ''
let folder = ''
/** With what the agent's pod on a-1 has. */
let agent: KubernetesApi
/** With a token of no pod, and so of no node: whoever may ask for tokens made it. */
let nobody: KubernetesApi

beforeAll(async () => {
  programs = (await buildPrograms()).kubernetes
  folder = mkdtempSync(join(tmpdir(), 'damask-privilege-'))
  server = await startApiServer({ programs })
  writeFileSync(join(folder, 'objects.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: OBJECTS }))
  const words = ['install', '--kubeconfig', server.kubeconfig, '--no-wait', '--pod-prefix', '10.42.0.0/16']
  await run(process.execPath, ['src/cli/main.ts', ...words], { cwd: ROOT })
  await admin('create', '-f', join(folder, 'objects.json'))
  agent = await openWith('--bound-object-kind=Pod', '--bound-object-name=agent-of-a-1')
  nobody = await openWith()
  // The server takes a moment until it minds the policy.
  await vi.waitFor(() => expect(writeStatus(agent, 'b-1')).rejects.toThrow('its own node'), 60_000)
})
afterAll(async () => {
  agent?.close()
  nobody?.close()
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function admin(...words: readonly string[]): Promise<string> {
  const { stdout } = await run(join(programs, 'kubectl'), ['--kubeconfig', server.kubeconfig, ...words])
  return stdout
}

/** As whoever took a token that was made with these words. */
async function openWith(...words: readonly string[]): Promise<KubernetesApi> {
  const token = await admin('create', 'token', 'damask-agent', '--namespace=damask-system', ...words)
  const config = JSON.parse(readFileSync(server.kubeconfig, 'utf8'))
  const kubeconfig = join(folder, `kubeconfig-${words.length}`)
  writeFileSync(kubeconfig, JSON.stringify({ ...config, users: [{ name: 'admin', user: { token: token.trim() } }] }))
  const silent = () => {}
  const after = (milliseconds: number, act: () => void) => {
    const timer = setTimeout(act, milliseconds)
    return () => clearTimeout(timer)
  }
  const log = { debug: silent, info: silent, warn: silent }
  return openKubernetesApi({ kubeconfig, clock: { now: Date.now, after }, log })
}

const ours = (plural: string): Collection => ({ group: 'damask.dev', version: 'v1alpha1', plural })
const core = (plural: string, namespace?: string): Collection => ({
  group: '',
  version: 'v1',
  plural,
  ...(namespace !== undefined && { namespace }),
})
const MESH_NODES = ours('meshnodes')
const OWN_NAMESPACE = 'damask-system'

const writeStatus = (api: KubernetesApi, name: string, report: object = {}) =>
  api.mergePatch(MESH_NODES, name, { status: { report: { ready: 'True', ...report } } }, 'status')

const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } })
const meshNode = (name: string) => ({
  apiVersion: 'damask.dev/v1alpha1',
  kind: 'MeshNode',
  metadata: { name, labels: { 'topology.kubernetes.io/region': 'a' } },
  spec: { privateAddresses: ['10.0.0.1/24'], podPrefixes: ['10.42.1.0/24'] },
  granted: { site: 'a', slot: 1 },
})
const agentPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'agent-of-a-1', namespace: 'damask-system' },
  spec: {
    nodeName: 'a-1',
    serviceAccountName: 'damask-agent',
    containers: [{ name: 'agent', image: 'damask.dev/damask' }],
  },
}
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'registry', namespace: 'damask-system' },
  stringData: { password: 'x' },
}
const SITE = { apiVersion: 'damask.dev/v1alpha1', kind: 'Site', metadata: { name: 'a' }, spec: { mtu: 1400 } }
const OBJECTS = [node('a-1'), node('b-1'), meshNode('a-1'), meshNode('b-1'), agentPod, secret]

describe('with the token of the agent on a-1', () => {
  test('its own status is written, by patch and by server-side apply', async () => {
    await writeStatus(agent, 'a-1', { pods: 3 })
    const head = { apiVersion: 'damask.dev/v1alpha1', kind: 'MeshNode', metadata: { name: 'a-1' } }
    const publicKey = `${'A'.repeat(43)}=`
    const options = { fieldManager: 'damask-agent', subresource: 'status' } as const
    await agent.apply(MESH_NODES, { ...head, status: { publicKey } }, options)
    expect((await agent.get(MESH_NODES, 'a-1'))?.status).toEqual({ publicKey, report: { ready: 'True', pods: 3 } })
  })

  test.each(['networks', 'sites', 'meshnodes'])('%s are read and watched', async (plural) => {
    const { resourceVersion } = await agent.page(ours(plural), { limit: 10 })
    const options = { resourceVersion, timeoutSeconds: 1, onEvent: () => {}, signal: new AbortController().signal }
    await agent.events(ours(plural), options)
  })

  test('the status of another node is not written', async () => {
    await expect(writeStatus(agent, 'b-1')).rejects.toThrow(
      'an agent writes the status of its own node: the token is not one of node b-1',
    )
    const applied = { apiVersion: 'damask.dev/v1alpha1', kind: 'MeshNode', metadata: { name: 'b-1' }, status: {} }
    const options = { fieldManager: 'damask-agent', subresource: 'status', force: true } as const
    await expect(agent.apply(MESH_NODES, applied, options)).rejects.toThrow('the token is not one of node b-1')
  })

  test('what it writes with its status leaves its spec, what it was granted, its labels and its owners', async () => {
    const before = await agent.get(MESH_NODES, 'a-1')
    const labels = { 'topology.kubernetes.io/region': 'b' }
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'b-1', uid: 'x' }
    const change = {
      metadata: { labels, annotations: { x: 'y' }, ownerReferences: [owner], finalizers: ['x.example/y'] },
      spec: { podPrefixes: ['10.42.0.0/16'], offeredPrefixes: ['0.0.0.0/0'] },
      granted: { slot: 2 },
      status: { report: { ready: 'True', pods: 4 } },
    }
    const after = await agent.mergePatch(MESH_NODES, 'a-1', change, 'status')
    expect(after.status).toMatchObject({ report: { pods: 4 } })
    expect([after.spec, after.granted]).toEqual([before?.spec, before?.granted])
    const unchanged = ({ labels, annotations, ownerReferences, finalizers }: Record<string, unknown>) =>
      JSON.stringify([labels, annotations, ownerReferences, finalizers])
    expect(unchanged(after.metadata)).toBe(unchanged({ ...before?.metadata }))
  })

  const patched = (plural: string, name: string, change: object) => (api: KubernetesApi) =>
    api.mergePatch(ours(plural), name, change)
  const LABELS = { labels: { 'topology.kubernetes.io/region': 'b' } }
  const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', namespace: OWN_NAMESPACE }
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'damask-controller' },
    spec: {},
  }
  const roles = { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'clusterroles' }
  const policies = { group: 'admissionregistration.k8s.io', version: 'v1', plural: 'validatingadmissionpolicies' }
  const tokens = core(`serviceaccounts/damask-controller/token`, OWN_NAMESPACE)
  const tokenRequest = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name: '' },
    spec: {},
  }

  test.each<[string, (api: KubernetesApi) => Promise<unknown>]>([
    ['change its own spec', patched('meshnodes', 'a-1', { spec: { podPrefixes: ['10.42.0.0/16'] } })],
    ["take another's prefix", patched('meshnodes', 'a-1', { spec: { podPrefixes: ['10.42.2.0/24'] } })],
    ["change another's spec", patched('meshnodes', 'b-1', { spec: { endpoint: { host: '203.0.113.66', port: 1 } } })],
    ['change what it was granted', patched('meshnodes', 'a-1', { granted: { slot: 2 } })],
    ['change its labels', patched('meshnodes', 'a-1', { metadata: LABELS })],
    ['delete its own MeshNode', (api) => api.remove(MESH_NODES, 'a-1')],
    ["delete another's", (api) => api.remove(MESH_NODES, 'b-1')],
    ['make a MeshNode', (api) => api.create(MESH_NODES, meshNode('c-1'))],
    ['make one by server-side apply', (api) => api.apply(MESH_NODES, meshNode('c-1'), { fieldManager: 'x' })],
    ['replace its own', (api) => api.replace(MESH_NODES, meshNode('a-1'))],
    ['change the Network', patched('networks', 'default', { spec: { mtu: 1400 } })],
    ['delete the Network', (api) => api.remove(ours('networks'), 'default')],
    ['make a Site', (api) => api.create(ours('sites'), SITE)],
    ['list all Secrets', (api) => api.list(core('secrets'))],
    ['list the Secrets of its namespace', (api) => api.list(core('secrets', OWN_NAMESPACE))],
    ['read a Secret', (api) => api.get(core('secrets', OWN_NAMESPACE), 'registry')],
    ['list ConfigMaps', (api) => api.list(core('configmaps', OWN_NAMESPACE))],
    ['list Pods', (api) => api.list(core('pods'))],
    ['read its own Pod', (api) => api.get(core('pods', OWN_NAMESPACE), 'agent-of-a-1')],
    ['make a Pod', (api) => api.create(core('pods', OWN_NAMESPACE), { ...agentPod, metadata: { name: 'x' } })],
    ['list Nodes', (api) => api.list(core('nodes'))],
    ['read its own Node', (api) => api.get(core('nodes'), 'a-1')],
    ['change its own Node', (api) => api.mergePatch(core('nodes'), 'a-1', { metadata: LABELS })],
    ['read the Lease of the controllers', (api) => api.get(leases, 'damask-controller')],
    ['make it', (api) => api.create(leases, lease)],
    ['read the policy', (api) => api.list(policies)],
    ['delete the policy', (api) => api.remove(policies, 'damask-agent')],
    ['change its role', (api) => api.mergePatch(roles, 'damask-agent', { rules: [] })],
    ['ask for a token of the controller', (api) => api.create(tokens, tokenRequest)],
  ])('it may not %s', async (_, attempt) => {
    await expect(attempt(agent)).rejects.toMatchObject({ status: 403 })
  })

  test('there is no other kind that its roles let it touch', async () => {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      spec: { namespace: OWN_NAMESPACE },
    }
    const reviews = { group: 'authorization.k8s.io', version: 'v1', plural: 'selfsubjectrulesreviews' }
    const { status } = await agent.create(reviews, { ...review, metadata: { name: '' } })
    const rules = (status as { resourceRules: readonly { apiGroups: readonly string[]; verbs: readonly string[] }[] })
      .resourceRules
    // Everybody may ask who he is and what he may.
    const EVERYBODYS = ['authorization.k8s.io', 'authentication.k8s.io']
    const others = rules.filter(({ apiGroups }) => !apiGroups.every((group) => EVERYBODYS.includes(group)))
    expect([...new Set(others.flatMap(({ apiGroups }) => apiGroups))]).toEqual(['damask.dev'])
  })

  test('it is the policy that keeps it from the status of others: roles would let it', async () => {
    const who = '--as=system:serviceaccount:damask-system:damask-agent'
    expect(await admin('auth', 'can-i', 'patch', 'meshnodes/b-1', '--subresource=status', who)).toMatch(/^yes/)
  })
})

test('with a token that is of no node, no status is written at all', async () => {
  for (const name of ['a-1', 'b-1'])
    await expect(writeStatus(nobody, name)).rejects.toThrow('the status of its own node')
})

test('the policy is for agents, and for nobody else', async () => {
  const change = JSON.stringify({ status: { report: { ready: 'True', pods: 7 } } })
  const words = ['patch', 'meshnode', 'b-1', '--subresource=status', '--type=merge', '-p', change]
  expect(await admin(...words)).toContain('patched')
})
