import type { Address } from '../address.ts'

/** How a cloud's nodes reach the internet: an address of their own, a shared one that only lets out, or public addresses. */
export type CloudNat = 'one-to-one' | 'masquerade' | 'none'

/** A cloud of a lab: a private network, and what stands between it and the internet. */
export type Cloud = {
  readonly name: string
  readonly nat: CloudNat
  /** Drops what does not come from the node's own address. */
  readonly sourceCheck: boolean
  /** What enters from the internet. */
  readonly allow: readonly { readonly protocol: 'udp' | 'tcp'; readonly port: number }[]
  readonly mtuBytes: number
  /** The MTU for IPv6, where it is another. */
  readonly ipv6MtuBytes?: number
  /** Its router advertises itself and a prefix (RFC 4861): nodes get their IPv6 default route that way and no other. */
  readonly routerAdvertisements: boolean
  /** Its NAT forgets a UDP flow after this many silent seconds. Left out: as the kernel does. */
  readonly natTimeoutSeconds?: number
}

/** Clouds, NAT and pods on one machine, in which the nodes of a network are tried. */
export type Lab = {
  readonly name: string
  readonly clouds: readonly Cloud[]
  /** The cloud of each node, by node name. A document alone holds the exceptions; a Lab that was read, every node. */
  readonly placement: ReadonlyMap<string, string>
  readonly podsPerNode: number
  /** What the nodes' resolvers know: addresses by host name. */
  readonly hosts: ReadonlyMap<string, readonly Address[]>
  /** `own`: every node has a folder of documents of its own, as plain machines do; `shared`: all read one. */
  readonly stores: 'shared' | 'own'
}
