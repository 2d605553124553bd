import { type Address, formatAddress } from '../address.ts'
import { formatPrefix, type Prefix } from '../prefix.ts'
import type { Because } from './because.ts'

/** `onlink`: the device reaches it although no route says so (RTNH_F_ONLINK). `via` may be IPv6 where the route is IPv4 (RTA_VIA). */
export type RouteHop = { readonly via: Address; readonly link: string; readonly onlink?: true }

/**
 * Where a route sends: a next-hop object by id; next hops over a NIC (several: multipath); a device;
 * `unreachable` answers with an error; `throw` goes on to the next rule.
 */
export type RouteTarget =
  | { readonly kind: 'next-hop-object'; readonly id: number }
  | { readonly kind: 'via'; readonly hops: readonly RouteHop[] }
  | { readonly kind: 'link'; readonly link: string }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'throw' }

export type Route = {
  readonly kind: 'route'
  readonly table: number
  readonly to: Prefix
  readonly target: RouteTarget
  /**
   * The source that the host itself takes (RTA_PREFSRC). `'gateway-address'` stands for the node's own, so that the
   * members of a site can share one list of routes; `entriesOf` puts the address in its place.
   */
  readonly source?: Address | 'gateway-address'
  readonly because: readonly Because[]
}

/** Field by field: an object that is made by a spread takes half as much again, and there are thousands of routes. */
export const route = ({ table, to, target, source, because }: Omit<Route, 'kind'>): Route =>
  source === undefined
    ? { kind: 'route', table, to, target, because }
    : { kind: 'route', table, to, target, source, because }

export const routeKey = (entry: Route): string => `route ${entry.table} ${formatPrefix(entry.to)}`

/** The value of a route besides its key, for comparison. */
export const routeValue = ({ target, source }: Route): string => {
  const from = source === undefined ? '' : ` src ${source === 'gateway-address' ? source : formatAddress(source)}`
  switch (target.kind) {
    case 'next-hop-object':
      return `nhid ${target.id}${from}`
    case 'via':
      return `${target.hops
        .map((hop) => `via ${formatAddress(hop.via)} dev ${hop.link}${hop.onlink ? ' onlink' : ''}`)
        .sort()
        .join(' ')}${from}`
    case 'link':
      return `dev ${target.link}${from}`
    default:
      return `${target.kind}${from}`
  }
}
