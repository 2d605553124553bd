// The ranges of a cluster's pods and services, which it tells in one of several places, and not in all.
import { parse } from 'yaml'
import { containsPrefix, formatPrefix, type Prefix, prefixOf, tryAddress } from '../../model/index.ts'
import type { Collection, KubernetesApi, KubernetesObject } from '../../store/index.ts'
import { optionOf } from './command-line-words.ts'
import { listIfServed } from './list-if-served.ts'
import { someNames } from './some-names.ts'

export type FoundPrefixes = {
  readonly prefixes: readonly string[]
  /** Where it was found, for people. */
  readonly source: string
}

type Source = { readonly source: string; readonly find: () => Promise<string | undefined> | string | undefined }

const NODES: Collection = { group: '', version: 'v1', plural: 'nodes' }

/** Throws, with what to say instead, where it is nowhere. */
export async function findPodPrefixes(api: KubernetesApi): Promise<FoundPrefixes> {
  const nodes = await api.list(NODES)
  const given = nodes.flatMap((node) => podPrefixesOf(node))
  const found = await firstOf([
    { source: KUBEADM, find: async () => (await kubeadmNetwork(api))?.podSubnet },
    { source: 'what k3s was started with', find: () => ofK3s(nodes, '--cluster-cidr', '10.42.0.0/16') },
    { source: CONTROLLERS, find: () => ofPods(api, 'kube-controller-manager', '--cluster-cidr') },
  ])
  if (found === undefined)
    throw new Error(
      `cannot find the range of the cluster's pods: there is no ${KUBEADM}, no k3s and no pod of kube-controller-manager that says it` +
        `${given.length > 0 ? ` (nodes have ${someNames(given.map(formatPrefix))})` : ''}; say --pod-prefix 10.42.0.0/16, or whatever it is`,
    )
  checkContained(given, found)
  return found
}

/** Throws where nodes have others: their pods would never have a network. */
export async function checkPodPrefixes(api: KubernetesApi, prefixes: readonly string[]): Promise<void> {
  const nodes = await api.list(NODES)
  checkContained(
    nodes.flatMap((node) => podPrefixesOf(node)),
    { prefixes, source: '--pod-prefix' },
  )
}

function checkContained(given: readonly Prefix[], { prefixes, source }: FoundPrefixes): void {
  const ranges = prefixes.map(maskedPrefix)
  const outside = given.filter((prefix) => !ranges.some((range) => containsPrefix(range, prefix)))
  if (outside.length > 0)
    throw new Error(
      `nodes have the pod prefixes ${someNames(outside.map(formatPrefix))}, outside of ${prefixes.join(', ')} (${source}); say --pod-prefix with the range that they are of, once for each family`,
    )
}

export async function findServicePrefixes(api: KubernetesApi): Promise<FoundPrefixes> {
  const found = await firstOf([
    { source: 'ServiceCIDR objects', find: () => serviceRanges(api) },
    { source: KUBEADM, find: async () => (await kubeadmNetwork(api))?.serviceSubnet },
    {
      source: 'what k3s was started with',
      find: async () => ofK3s(await api.list(NODES), '--service-cidr', '10.43.0.0/16'),
    },
    { source: API_SERVERS, find: () => ofPods(api, 'kube-apiserver', '--service-cluster-ip-range') },
  ])
  if (found !== undefined) return found
  const service = await api.get({ group: '', version: 'v1', plural: 'services', namespace: 'default' }, 'kubernetes')
  const address = (service?.spec as { clusterIP?: string } | undefined)?.clusterIP
  throw new Error(
    `cannot find the range of the cluster's services${address === undefined ? '' : ` (the service kubernetes has ${address})`}; say --service-prefix 10.43.0.0/16, or whatever it is`,
  )
}

const KUBEADM = 'ConfigMap kubeadm-config'
const CONTROLLERS = 'what kube-controller-manager was started with'
const API_SERVERS = 'what kube-apiserver was started with'

async function firstOf(sources: readonly Source[]): Promise<FoundPrefixes | undefined> {
  for (const { source, find } of sources) {
    const said = await find()
    if (said !== undefined && said !== '')
      return { prefixes: said.split(',').map((text) => formatPrefix(maskedPrefix(text.trim()))), source }
  }
  return undefined
}

/** Kubernetes takes ranges with host bits, and we do not. */
function maskedPrefix(text: string): Prefix {
  const [address = '', length = ''] = text.split('/')
  const parsed = tryAddress(address)
  if (parsed === undefined || !/^\d{1,3}$/.test(length))
    throw new Error(`the cluster says "${text}", which is not a prefix; say --pod-prefix and --service-prefix`)
  return prefixOf(parsed, Number(length))
}

function podPrefixesOf({ spec }: KubernetesObject): readonly Prefix[] {
  const { podCIDR, podCIDRs = podCIDR === undefined ? [] : [podCIDR] } = (spec ?? {}) as {
    readonly podCIDR?: string
    readonly podCIDRs?: readonly string[]
  }
  return podCIDRs.map(maskedPrefix)
}

type KubeadmNetwork = { readonly podSubnet?: string; readonly serviceSubnet?: string }

async function kubeadmNetwork(api: KubernetesApi): Promise<KubeadmNetwork | undefined> {
  const collection = { group: '', version: 'v1', plural: 'configmaps', namespace: 'kube-system' }
  const map = await api.get(collection, 'kubeadm-config')
  const text = (map?.data as Readonly<Record<string, string>> | undefined)?.ClusterConfiguration
  return text === undefined ? undefined : (parse(text) as { networking?: KubeadmNetwork } | null)?.networking
}

/** A server of k3s (or RKE2) writes down how it was started; what it was not told has its default. */
function ofK3s(nodes: readonly KubernetesObject[], option: string, otherwise: string): string | undefined {
  const servers = nodes.flatMap(({ metadata: { annotations = {} } }) => {
    const words = annotations['k3s.io/node-args'] ?? annotations['rke2.io/node-args']
    const list: unknown = words === undefined ? [] : JSON.parse(words)
    return Array.isArray(list) && list[0] === 'server' ? [list.map(String)] : []
  })
  return servers.length === 0 ? undefined : (servers.map((words) => optionOf(words, option)).find(Boolean) ?? otherwise)
}

async function ofPods(api: KubernetesApi, component: string, option: string): Promise<string | undefined> {
  const labelSelector = `component=${component}`
  const pods = await api.list({ group: '', version: 'v1', plural: 'pods', namespace: 'kube-system', labelSelector })
  type Spec = {
    readonly containers?: readonly { readonly command?: readonly string[]; readonly args?: readonly string[] }[]
  }
  const lines = pods.flatMap(({ spec }) =>
    ((spec as Spec).containers ?? []).map(({ command = [], args = [] }) => [...command, ...args]),
  )
  return lines.map((words) => optionOf(words, option)).find((value) => value !== undefined)
}

async function serviceRanges(api: KubernetesApi): Promise<string | undefined> {
  for (const version of ['v1', 'v1beta1']) {
    const ranges = await listIfServed(api, { group: 'networking.k8s.io', version, plural: 'servicecidrs' })
    const prefixes = ranges.flatMap(({ spec }) => (spec as { readonly cidrs?: readonly string[] })?.cidrs ?? [])
    if (prefixes.length > 0) return [...new Set(prefixes)].join(',')
  }
  return undefined
}
