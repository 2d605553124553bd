// What the API server tells of a cluster, as far as it matters before Damask is installed.
import { API_VERSION } from '../../model/index.ts'
import { type Collection, isApiFailure, type KubernetesApi, type KubernetesObject } from '../../store/index.ts'
import { findPodPrefixes, findServicePrefixes } from '../install/found-prefixes.ts'
import { NETWORK_NAME } from '../install/network-object.ts'

export type Distribution = 'kubeadm' | 'k3s' | 'rke2' | 'kind' | 'unknown'

export type Ranges =
  | { readonly prefixes: readonly string[]; readonly source: string }
  /** Nobody says them. */
  | { readonly problem: string }

export type ClusterFacts = {
  /** `v1.36.3` */
  readonly version: string
  readonly distribution: Distribution
  readonly pods: Ranges
  readonly services: Ranges
  readonly nodes: readonly NodeFact[]
  readonly daemonSets: readonly DaemonSetFact[]
  /** Of the service `kubernetes`: how pods, and agents that were told nothing else, reach the API server. */
  readonly serviceUrl?: string
}

export type NodeFact = {
  readonly name: string
  readonly internalAddresses: readonly string[]
  /** As they stand there, with their host bits. */
  readonly podPrefixes: readonly string[]
  /** False: its kubelet is away. */
  readonly isAnswering: boolean
  readonly isReady: boolean
}

export type DaemonSetFact = { readonly namespace: string; readonly name: string; readonly images: readonly string[] }

export const NODES: Collection = { group: '', version: 'v1', plural: 'nodes', labelSelector: 'kubernetes.io/os=linux' }
const DAEMON_SETS: Collection = { group: 'apps', version: 'v1', plural: 'daemonsets' }

export async function readClusterFacts(
  api: KubernetesApi,
  given: { readonly podPrefix?: readonly string[]; readonly servicePrefix?: readonly string[] },
): Promise<ClusterFacts> {
  const [version, nodes, daemonSets, pods, services, serviceUrl, kubeadm] = await Promise.all([
    api.getText('/version').then((text) => JSON.parse(text).gitVersion as string),
    api.list(NODES),
    api.list(DAEMON_SETS),
    given.podPrefix
      ? { prefixes: given.podPrefix, source: '--pod-prefix' }
      : rangesOf(async () => (await rangesOfNetwork(api, 'podPrefixes')) ?? findPodPrefixes(api)),
    given.servicePrefix
      ? { prefixes: given.servicePrefix, source: '--service-prefix' }
      : rangesOf(async () => (await rangesOfNetwork(api, 'servicePrefixes')) ?? findServicePrefixes(api)),
    serviceUrlOf(api),
    api.get({ group: '', version: 'v1', plural: 'configmaps', namespace: 'kube-system' }, 'kubeadm-config'),
  ])
  return {
    version,
    distribution: distributionOf(nodes, kubeadm !== undefined),
    pods,
    services,
    nodes: nodes.map(nodeFact),
    daemonSets: daemonSets.map(daemonSetFact),
    ...(serviceUrl !== undefined && { serviceUrl }),
  }
}

export const servicesIn = (namespace: string): Collection => ({
  group: '',
  version: 'v1',
  plural: 'services',
  namespace,
})

/** What is said nowhere is a finding; a server that does not answer is none. */
async function rangesOf(find: () => Promise<Ranges>): Promise<Ranges> {
  try {
    return await find()
  } catch (cause) {
    if (isApiFailure(cause) || !(cause instanceof Error)) throw cause
    return { problem: cause.message }
  }
}

/** Where Damask is installed already. */
async function rangesOfNetwork(
  api: KubernetesApi,
  field: 'podPrefixes' | 'servicePrefixes',
): Promise<Ranges | undefined> {
  const [group = '', version = ''] = API_VERSION.split('/')
  const network = await getIfServed(api, { group, version, plural: 'networks' }, NETWORK_NAME)
  const prefixes = (network?.spec as Partial<Record<typeof field, readonly string[]>> | undefined)?.[field]
  return prefixes && { prefixes, source: `Network ${NETWORK_NAME}` }
}

async function getIfServed(
  api: KubernetesApi,
  collection: Collection,
  name: string,
): Promise<KubernetesObject | undefined> {
  try {
    return await api.get(collection, name)
  } catch (cause) {
    if (isApiFailure(cause) && cause.status === 404) return undefined
    throw cause
  }
}

async function serviceUrlOf(api: KubernetesApi): Promise<string | undefined> {
  const service = await api.get(servicesIn('default'), 'kubernetes')
  const { clusterIP, ports = [] } = (service?.spec ?? {}) as {
    readonly clusterIP?: string
    readonly ports?: readonly { readonly port: number }[]
  }
  if (clusterIP === undefined) return undefined
  return `https://${clusterIP.includes(':') ? `[${clusterIP}]` : clusterIP}:${ports[0]?.port ?? 443}`
}

type NodeStatus = {
  readonly addresses?: readonly { readonly type: string; readonly address: string }[]
  readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  readonly nodeInfo?: { readonly kubeletVersion?: string }
}
type NodeSpec = { readonly podCIDR?: string; readonly podCIDRs?: readonly string[]; readonly providerID?: string }

export function nodeFact({ metadata, spec = {}, status = {} }: KubernetesObject): NodeFact {
  const { podCIDR, podCIDRs = podCIDR === undefined ? [] : [podCIDR] } = spec as NodeSpec
  const { addresses = [], conditions = [] } = status as NodeStatus
  const ready = conditions.find(({ type }) => type === 'Ready')?.status
  return {
    name: metadata.name,
    internalAddresses: addresses.flatMap(({ type, address }) => (type === 'InternalIP' ? [address] : [])),
    podPrefixes: podCIDRs,
    isAnswering: ready !== 'Unknown',
    isReady: ready === 'True',
  }
}

function daemonSetFact({ metadata, spec = {} }: KubernetesObject): DaemonSetFact {
  const { template } = spec as {
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } }
  }
  const images = (template?.spec?.containers ?? []).flatMap(({ image }) => image ?? [])
  return { namespace: metadata.namespace ?? '', name: metadata.name, images }
}

/** kind is kubeadm inside of containers, so it is asked first. */
function distributionOf(nodes: readonly KubernetesObject[], hasKubeadmConfig: boolean): Distribution {
  const says = (test: (provider: string, version: string) => boolean): boolean =>
    nodes.some(({ spec, status }) =>
      test(
        (spec as NodeSpec | undefined)?.providerID ?? '',
        (status as NodeStatus | undefined)?.nodeInfo?.kubeletVersion ?? '',
      ),
    )
  if (says((provider) => provider.startsWith('kind://'))) return 'kind'
  if (says((_, version) => version.includes('+k3s'))) return 'k3s'
  if (says((_, version) => version.includes('+rke2'))) return 'rke2'
  return hasKubeadmConfig ? 'kubeadm' : 'unknown'
}
