import type { Family } from '../address.ts'
import type { Prefix } from '../prefix.ts'

export type FabricKind = 'direct' | 'vxlan' | 'ipip' | 'wireguard' | 'none'
export type Fabric = {
  readonly kind: FabricKind
  /** `cross-subnet`: bare inside one subnet, encapsulated between subnets. */
  readonly encapsulate: 'always' | 'cross-subnet'
  /** UDP port of vxlan. */
  readonly port: number
}

export type Network = {
  readonly name: string
  readonly podPrefixes: readonly Prefix[]
  /** Of what the controller grants each node, where nobody else gives nodes their pod prefixes. Left out: 24, and 64 of IPv6. */
  readonly podPrefixLengths?: { readonly ipv4?: number; readonly ipv6?: number }
  readonly servicePrefixes: readonly Prefix[]
  readonly lan?: Prefix
  /** The machines' private addresses are reached from other sites too (a kubelet, an API server). */
  readonly joinPrivateAddresses: boolean
  readonly sites: { readonly by: 'field' } | { readonly by: 'node' } | { readonly by: 'label'; readonly label: string }
  readonly fabric: Fabric
  readonly tunnel: { readonly kind: 'wireguard'; readonly port: number }
  /** Both mean the same today: what leaves a site is encrypted. */
  readonly encryption: 'required' | 'preferred'
  readonly gatewaysPerSite: number
  readonly masquerade: readonly Family[]
  /** Bytes of the largest packet of a pod. */
  readonly mtu: 'auto' | number
}
