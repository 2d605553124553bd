// What the kernel takes away by itself together with a link or a next hop.
import type { Entry, NextHopGroup, Route } from '../model/index.ts'
import { linkOfSysctl } from './order.ts'

export type Vanishing = {
  /** Entries that are no more once the removed ones are gone; the removed ones themselves are not among them. */
  readonly gone: ReadonlySet<Entry>
  /** Groups that lose some of their members, and what is left of them. */
  readonly shrunk: ReadonlyMap<Entry, NextHopGroup>
}

/** Of `entries`, what goes when `removed` are deleted: links, next hops, groups, and the last IPv4 addresses of links. */
export function findVanishing(entries: Iterable<Entry>, removed: readonly Entry[]): Vanishing {
  const gone = new Set<Entry>()
  const shrunk = new Map<Entry, NextHopGroup>()
  if (removed.length === 0) return { gone, shrunk }
  const rest = new Set(entries)
  for (const entry of removed) rest.delete(entry)
  const links = new Set(removed.flatMap((entry) => (entry.kind === 'link' ? [entry.name] : [])))
  const bare = new Set(removed.flatMap((entry) => (entry.kind === 'address' ? [entry.link] : [])))
  const ids = new Set(removed.flatMap((entry) => ('id' in entry ? [entry.id] : [])))
  for (const entry of rest) {
    if (entry.kind !== 'next-hop' || !links.has(entry.link)) continue
    gone.add(entry)
    ids.add(entry.id)
  }
  for (const entry of rest) {
    if (entry.kind !== 'next-hop-group') continue
    const members = entry.members.filter((id) => !ids.has(id))
    if (members.length === entry.members.length) continue
    if (members.length > 0) shrunk.set(entry, { ...entry, members })
    else gone.add(entry)
  }
  for (const entry of gone) if (entry.kind === 'next-hop-group') ids.add(entry.id)
  for (const entry of rest) if (isCarried(entry, links, ids) || isIpv4RouteOver(entry, bare)) gone.add(entry)
  return { gone, shrunk }
}

function isCarried(entry: Entry, links: ReadonlySet<string>, ids: ReadonlySet<number>): boolean {
  switch (entry.kind) {
    case 'route':
      return isRouteCarried(entry, links, ids)
    case 'sysctl':
      return links.has(linkOfSysctl(entry.key) ?? '')
    case 'address':
    case 'neighbour':
    case 'fdb':
    case 'wireguard-device':
    case 'wireguard-peer':
      return links.has(entry.link)
    default:
      return false
  }
}

function isRouteCarried(route: Route, links: ReadonlySet<string>, ids: ReadonlySet<number>): boolean {
  if (route.target.kind === 'next-hop-object') return ids.has(route.target.id)
  const used = linksOfRoute(route)
  // IPv4 drops a multipath route with any of its devices, IPv6 only the hop: net/ipv4/fib_semantics.c, fib_sync_down_dev().
  return route.to.family === 4
    ? isIpv4RouteOver(route, links)
    : used.length > 0 && used.every((link) => links.has(link))
}

const isIpv4RouteOver = (entry: Entry, links: ReadonlySet<string>): boolean =>
  entry.kind === 'route' && entry.to.family === 4 && linksOfRoute(entry).some((link) => links.has(link))

/** The links that the route itself names. */
export function linksOfRoute({ target }: Route): readonly string[] {
  if (target.kind === 'link') return [target.link]
  return target.kind === 'via' ? target.hops.map(({ link }) => link) : []
}
