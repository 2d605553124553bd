import type { Address } from '../address.ts'
import type { Because } from './because.ts'

/**
 * A network device of ours. Every one is up, in our group, and makes no addresses by itself (`addrgenmode none`).
 * `dummy` is an empty bridge where the kernel has no dummy devices; it reads back as `dummy` all the same.
 * `wireguard` is a TUN device of wireguard-go where the kernel has no WireGuard; likewise.
 * `veth` is the host's end of a pod: it can be watched and lost, but not made again by the reconciler.
 */
export type LinkType =
  | { readonly kind: 'dummy' }
  | { readonly kind: 'wireguard' }
  /** Without a remote: each route names the far end (`via … onlink`). Its packets carry our mark (IFLA_IPTUN_FWMARK). */
  | { readonly kind: 'ipip'; readonly local: Address; readonly mark: number }
  | { readonly kind: 'vxlan'; readonly networkIdentifier: number; readonly port: number; readonly local: Address }
  | { readonly kind: 'veth' }

/** Of the outer header (IFLA_IPTUN_TTL). Inherited, an inner one that is nearly used up would end in the private network. */
export const IPIP_TTL = 64

export type Link = {
  readonly kind: 'link'
  readonly name: string
  readonly type: LinkType
  readonly mtuBytes: number
  /** `02:da:ac:1f:00:0b`; left out where the kernel may choose. */
  readonly hardwareAddress?: string
  /** Only of a link that was observed, never wanted: somebody took it down. */
  readonly isDown?: true
  readonly because: readonly Because[]
}

export const link = (fields: Omit<Link, 'kind'>): Link => ({ kind: 'link', ...fields })
export const linkKey = (entry: Link): string => `link ${entry.name}`
