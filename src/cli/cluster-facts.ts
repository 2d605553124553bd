// What the API server of a cluster knows of its network, as it stands there.
import { isApiFailure, type KubernetesApi, type KubernetesObject } from '../store/index.ts'
import { listOf } from './cluster-list.ts'
import { CONTROLLER, LEASES, MESH_NODES, NETWORK, NETWORKS, NODES, PODS } from './cluster-names.ts'
import { type ClusterPod, podOf } from './cluster-pod.ts'

export type ClusterFacts = {
  readonly server: string
  /** Of Kubernetes, as in `v1.36.0`. */
  readonly kubernetes?: string
  readonly network?: NetworkSpec
  readonly nodes: readonly CoreNode[]
  readonly meshNodes: readonly MeshNode[]
  readonly pods: readonly ClusterPod[]
  readonly lease?: Lease
  /** Sentences: what could not be read. */
  readonly unread: readonly string[]
  /** Kinds of which nothing is known, so that nothing can be missed of them. */
  readonly unknown: ReadonlySet<'nodes' | 'pods' | 'lease' | 'network'>
}

/** As people write it. */
export type NetworkSpec = {
  readonly podPrefixes?: readonly string[]
  readonly servicePrefixes?: readonly string[]
  readonly sites?: { readonly by?: string; readonly label?: string }
  readonly fabric?: { readonly kind?: string } | string
  readonly gatewaysPerSite?: number
}

/** A Node of Kubernetes. */
export type CoreNode = {
  readonly name: string
  readonly isLinux: boolean
  readonly ready: 'True' | 'False' | 'Unknown'
  /** Why it is not ready, as its kubelet or the node controller says it. */
  readonly message?: string
}

export type MeshNode = {
  readonly name: string
  /** The controller's; otherwise a person's, of a machine that may be no node of the cluster. */
  readonly isManaged: boolean
  /** Its private addresses are known, without which it takes no part. */
  readonly takesPart: boolean
  readonly report?: Report
  readonly conditions: readonly { readonly type: string; readonly message: string }[]
  readonly publicKey?: string
}

/** What its agent says to people. */
export type Report = {
  readonly site?: string
  readonly role?: 'gateway' | 'member'
  readonly slot?: number
  readonly endpoint?: string
  readonly ready?: string
  readonly reason?: string
  readonly lastHandshakeTime?: string
  readonly pods?: number
  readonly version?: string
}

export type Lease = { readonly holder?: string; readonly renewedAt?: number; readonly durationSeconds: number }

/** Rejects where MeshNodes cannot be read; of all else it says so. */
export async function readClusterFacts(api: KubernetesApi): Promise<ClusterFacts> {
  const unread: string[] = []
  const unknown = new Set<'nodes' | 'pods' | 'lease' | 'network'>()
  const part = async <Value>(
    kind: 'nodes' | 'pods' | 'lease' | 'network' | undefined,
    reading: Promise<Value>,
    instead: Value,
  ): Promise<Value> => {
    try {
      return await reading
    } catch (cause) {
      unread.push(sentenceOf(cause))
      if (kind !== undefined) unknown.add(kind)
      return instead
    }
  }
  // First: where this fails, the rest would fail one after the other.
  const meshNodes = await readMeshNodes(api)
  const [kubernetes, network, nodes, pods, lease] = await Promise.all([
    part(undefined, readVersion(api), undefined),
    part('network', api.get(NETWORKS, NETWORK), undefined),
    part('nodes', listOf(api, NODES, coreNodeOf), []),
    part('pods', listOf(api, PODS, podOf), []),
    part('lease', api.get(LEASES, CONTROLLER), undefined),
  ])
  return {
    server: api.server,
    ...(kubernetes !== undefined && { kubernetes }),
    ...(network !== undefined && { network: (network.spec ?? {}) as NetworkSpec }),
    nodes,
    meshNodes,
    pods,
    ...(lease !== undefined && { lease: leaseOf(lease) }),
    unread,
    unknown,
  }
}

async function readMeshNodes(api: KubernetesApi): Promise<readonly MeshNode[]> {
  try {
    return await listOf(api, MESH_NODES, meshNodeOf)
  } catch (cause) {
    const hint = isApiFailure(cause) && cause.status === 404 ? '; is Damask installed there ("damask install")?' : ''
    throw new Error(`cannot read the network from the cluster: ${sentenceOf(cause)}${hint}`, { cause })
  }
}

const sentenceOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

async function readVersion(api: KubernetesApi): Promise<string | undefined> {
  const { gitVersion }: { readonly gitVersion?: string } = JSON.parse(await api.getText('/version'))
  return gitVersion
}

function coreNodeOf({ metadata, status }: KubernetesObject): CoreNode {
  type Status = {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[]
  }
  const ready = ((status ?? {}) as Status).conditions?.find(({ type }) => type === 'Ready')
  const is = ready?.status
  return {
    name: metadata.name,
    isLinux: (metadata.labels?.['kubernetes.io/os'] ?? 'linux') === 'linux',
    ready: is === 'True' || is === 'False' ? is : 'Unknown',
    ...(ready?.message && is !== 'True' && { message: ready.message }),
  }
}

function meshNodeOf({ metadata, spec, status }: KubernetesObject): MeshNode {
  const { privateAddresses } = (spec ?? {}) as { readonly privateAddresses?: readonly unknown[] }
  const { report, conditions, publicKey } = (status ?? {}) as {
    readonly report?: Report
    readonly conditions?: MeshNode['conditions']
    readonly publicKey?: string
  }
  return {
    name: metadata.name,
    isManaged: metadata.labels?.['app.kubernetes.io/managed-by'] === 'damask',
    takesPart: privateAddresses !== undefined,
    ...(report && { report }),
    conditions: conditions ?? [],
    ...(publicKey !== undefined && { publicKey }),
  }
}

function leaseOf({ spec }: KubernetesObject): Lease {
  const { holderIdentity, renewTime, leaseDurationSeconds } = (spec ?? {}) as {
    readonly holderIdentity?: string
    readonly renewTime?: string
    readonly leaseDurationSeconds?: number
  }
  const renewedAt = Date.parse(renewTime ?? '')
  return {
    ...(holderIdentity && { holder: holderIdentity }),
    ...(!Number.isNaN(renewedAt) && { renewedAt }),
    durationSeconds: leaseDurationSeconds ?? 15,
  }
}
