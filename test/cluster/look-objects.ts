// A cluster as it looks with Damask in it, of objects alone: three nodes in two clouds, with agents' pods and a controller.
import { randomBytes } from 'node:crypto'
import type { Collection, KubernetesApi, KubernetesObject } from '../../src/store/index.ts'

const NAMESPACE = 'damask-system'
const core = (plural: string, namespace?: string): Collection => ({
  group: '',
  version: 'v1',
  plural,
  ...(namespace && { namespace }),
})
const damask = (plural: string): Collection => ({ group: 'damask.dev', version: 'v1alpha1', plural })
const NODES = core('nodes')
export const MESH_NODES = damask('meshnodes')
export const PODS = core('pods', NAMESPACE)
const LEASES: Collection = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', namespace: NAMESPACE }

export type LookNode = {
  readonly name: string
  readonly site: string
  readonly endpoint?: string
  readonly address: string
  readonly podPrefix: string
}

export const LOOK_NODES: readonly LookNode[] = [
  { name: 'aws-1', site: 'aws', endpoint: '203.0.113.11', address: '172.31.0.11', podPrefix: '10.42.0.0/24' },
  { name: 'aws-2', site: 'aws', address: '172.31.0.12', podPrefix: '10.42.1.0/24' },
  { name: 'home-1', site: 'home', address: '192.168.1.11', podPrefix: '10.42.2.0/24' },
]

/** Like one of WireGuard. */
export const randomKey = (): string => randomBytes(32).toString('base64')

export async function createLookObjects(api: KubernetesApi): Promise<void> {
  await api.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } })
  // What the controller manager would do.
  await api.create(core('serviceaccounts', NAMESPACE), {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  })
  const network = { podPrefixes: ['10.42.0.0/16'], servicePrefixes: ['10.43.0.0/16'] }
  await api.create(damask('networks'), {
    apiVersion: 'damask.dev/v1alpha1',
    kind: 'Network',
    metadata: { name: 'default' },
    spec: network,
  })
  for (const node of LOOK_NODES) {
    await createNode(api, node)
    await sayReport(api, node, { ready: 'True' })
  }
  await createPod(api, 'damask-controller-0', 'damask-controller', 'aws-1')
  await renewLease(api, 'damask-controller-0_1234')
}

async function createNode(api: KubernetesApi, node: LookNode): Promise<void> {
  const { name, site, endpoint, address, podPrefix } = node
  const labels = { 'kubernetes.io/os': 'linux' }
  await api.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: { podCIDR: podPrefix } })
  const conditions = [{ type: 'Ready', status: 'True', reason: 'Pretended', message: '', lastHeartbeatTime: TIME }]
  await api.mergePatch(NODES, name, { status: { conditions } }, 'status')
  await api.create(MESH_NODES, {
    apiVersion: 'damask.dev/v1alpha1',
    kind: 'MeshNode',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'damask' } },
    spec: {
      site,
      podPrefixes: [podPrefix],
      privateAddresses: [`${address}/24`],
      ...(endpoint !== undefined && { endpoint: { host: endpoint, port: 51820 } }),
    },
  })
  await createPod(api, `damask-agent-${name}`, 'damask-agent', name)
}

const TIME = '2026-01-01T00:00:00Z'

/** As its agent would. */
export async function sayReport(
  api: KubernetesApi,
  { name, site, endpoint }: LookNode,
  more: { readonly ready: 'True' | 'False'; readonly reason?: string },
): Promise<void> {
  const isGateway = name.endsWith('-1')
  const known = await api.get(MESH_NODES, name)
  const { publicKey = randomKey() } = (known?.status ?? {}) as { readonly publicKey?: string }
  const report = {
    site,
    role: isGateway ? 'gateway' : 'member',
    ...(isGateway && { slot: 1, lastHandshakeTime: new Date(Date.now() - 20_000).toISOString() }),
    ...(endpoint !== undefined && { endpoint: `${endpoint}:51820` }),
    pods: 3,
    version: '0.3.0',
    reason: null,
    ...more,
  }
  await api.mergePatch(MESH_NODES, name, { status: { publicKey, report } }, 'status')
}

async function createPod(api: KubernetesApi, name: string, workload: string, nodeName: string): Promise<void> {
  const container = { name: 'it', image: 'it' }
  await api.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels: { 'app.kubernetes.io/name': workload } },
    spec: { nodeName, hostNetwork: true, automountServiceAccountToken: false, containers: [container] },
  })
  await sayPodReady(api, name, true)
}

export async function sayPodReady(api: KubernetesApi, name: string, isReady: boolean): Promise<void> {
  const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False' }]
  await api.mergePatch(PODS, name, { status: { phase: 'Running', conditions } }, 'status')
}

export async function renewLease(api: KubernetesApi, holderIdentity: string): Promise<void> {
  const spec = {
    holderIdentity,
    // A machine that is busy with something else takes its time.
    leaseDurationSeconds: 3600,
    renewTime: new Date().toISOString().replace('Z', '000Z'),
  }
  const object: KubernetesObject = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'damask-controller', namespace: NAMESPACE },
    spec,
  }
  await api.apply(LEASES, object, { fieldManager: 'test', force: true })
}
