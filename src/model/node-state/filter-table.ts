import type { Address, Family } from '../address.ts'
import type { Prefix } from '../prefix.ts'
import type { Because } from './because.ts'

/** Our whole nftables table, applied as one transaction. Sets hold what varies with the world; rules hardly change. */
export type FilterTable = {
  readonly kind: 'filter-table'
  /** Of family `inet`. */
  readonly name: string
  readonly sets: readonly FilterSet[]
  readonly chains: readonly FilterChain[]
  readonly because: readonly Because[]
}

/** A set of addresses. Elements are merged and ascending; host addresses stand as /32 or /128. */
export type FilterSet = {
  readonly name: string
  readonly family: Family
  readonly elements: readonly Prefix[]
}

export type FilterChain = {
  readonly name: string
  readonly type: 'filter' | 'nat'
  readonly hook: 'prerouting' | 'forward' | 'postrouting'
  readonly priority: number
  readonly rules: readonly FilterRule[]
}

/** Every rule counts its packets. All conditions must hold. */
export type FilterRule = {
  readonly when: readonly FilterCondition[]
  readonly verdict: FilterVerdict
  /** A word or two that an operator reads in `nft list table inet damask`: `leak`. */
  readonly comment: string
}

export type FilterCondition =
  /** `ip saddr @set`, `ip6 daddr != @set`; also one prefix in place of a set. */
  | {
      readonly kind: 'address'
      readonly family: Family
      readonly field: 'source' | 'destination'
      readonly not?: true
      readonly in: string | Prefix
    }
  /** `iifname "damask*"`: a trailing `*` stands for any rest. */
  | { readonly kind: 'link'; readonly direction: 'in' | 'out'; readonly not?: true; readonly name: string }
  /** `rt ip nexthop != @set`: the next hop of the route that the packet is about to take. */
  | { readonly kind: 'next-hop'; readonly family: Family; readonly not?: true; readonly in: string }
  /** `meta mark & mask == mask`, or with `not` anything else. */
  | { readonly kind: 'mark'; readonly not?: true; readonly mask: number }
  /** `ct status dnat`, or with `not` `ct status ! dnat`: this host has put another destination into it. */
  | { readonly kind: 'translated-destination'; readonly not?: true }
  /** `fib daddr type != local`: the destination is no address of this host. */
  | { readonly kind: 'not-local-destination' }
  /** `tcp flags & (syn | rst) == syn`. */
  | { readonly kind: 'tcp-syn' }

export type FilterVerdict =
  | { readonly kind: 'drop' }
  | { readonly kind: 'notrack' }
  /** `tcp option maxseg size set rt mtu` */
  | { readonly kind: 'clamp-mss' }
  | { readonly kind: 'snat'; readonly to: Address }
  /** `masquerade random,fully-random` */
  | { readonly kind: 'masquerade' }

export const filterTable = (fields: Omit<FilterTable, 'kind'>): FilterTable => ({ kind: 'filter-table', ...fields })
export const filterTableKey = (entry: FilterTable): string => `filter-table ${entry.name}`
