// What may differ from one test cluster to another.
import { join } from 'node:path'
import type { ProxyMode } from './cluster-node.ts'
import type { UnderlayMachine } from './underlay.ts'

export type ClusterSettings = {
  /** A file with a Lab, and the prefixes of pods and services in its Network. The first machine carries the control plane. */
  readonly world: string
  /** Those that join at once; the others stand in their clouds and can `join` later. */
  readonly nodes: readonly string[] | 'all'
  readonly proxyMode: ProxyMode
  /** Whether nodes get `podCIDRs`. */
  readonly allocatePodPrefixes: boolean
  /** Which address of the API server `kubernetes.default` leads to. */
  readonly advertise: 'public' | 'private'
  /** Whether the certificate of the API server names its public address: else nodes of its own cloud alone can join. */
  readonly certifyPublicAddress: boolean
  /** How the API server reaches kubelets: `--kubelet-preferred-address-types`. */
  readonly kubeletAddressTypes: string
  /** Whether nodes are given their public address as ExternalIP, as a cloud provider does it. */
  readonly externalAddresses: boolean
  readonly labels: (machine: UnderlayMachine) => Readonly<Record<string, string>>
  /** Archives of images that every node has, beside those of stock-images.ts. */
  readonly images: readonly string[]
  readonly apiServerArguments: readonly string[]
  readonly controllerManagerArguments: readonly string[]
  readonly signal?: AbortSignal
}

/** What is left out is as in `DEFAULTS`. */
export type ClusterOptions = Partial<ClusterSettings>

export const DEFAULTS: ClusterSettings = {
  world: join(import.meta.dirname, 'four-nodes.yaml'),
  nodes: 'all',
  proxyMode: 'nftables',
  allocatePodPrefixes: true,
  advertise: 'public',
  certifyPublicAddress: true,
  kubeletAddressTypes: 'InternalIP',
  externalAddresses: false,
  labels: ({ cloud }) => ({ 'topology.kubernetes.io/region': cloud }),
  images: [],
  apiServerArguments: [],
  controllerManagerArguments: [],
}
