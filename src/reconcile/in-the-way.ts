// What has to be removed before the rest can be made, against the rule that removals come last.
import { type Entry, type InterfaceAddress, keyOf } from '../model/index.ts'
import { isSameType } from './entry-equality.ts'
import { findVanishing, linksOfRoute } from './vanishing.ts'

type Wanted = ReadonlyMap<string, Entry>
type Standing = Map<string, Entry>

/**
 * Takes out of `standing`, with all that goes with them: links that change their type, ids that change their kind, and
 * addresses that would take wanted routes along if they went later.
 */
export function removeWhatStandsInTheWay(wanted: Wanted, standing: Standing): readonly Entry[] {
  const links = findLinksOfOtherType(wanted, standing)
  takeOut(standing, links)
  const addresses = findLastAddresses(wanted, standing)
  takeOut(standing, addresses)
  const ids = findIdsOfOtherKind(wanted, standing)
  takeOut(standing, ids)
  return [...links, ...addresses, ...ids]
}

function findLinksOfOtherType(wanted: Wanted, standing: Standing): readonly Entry[] {
  const links: Entry[] = []
  for (const [key, entry] of wanted) {
    if (entry.kind !== 'link') continue
    const before = standing.get(key)
    if (before?.kind === 'link' && !isSameType(entry, before)) links.push(before)
  }
  return links
}

/** With the last IPv4 address of a link Linux removes the IPv4 routes over it: net/ipv4/fib_frontend.c, fib_inetaddr_event(). */
function findLastAddresses(wanted: Wanted, standing: Standing): readonly Entry[] {
  const unwanted: InterfaceAddress[] = []
  for (const [key, entry] of standing) {
    if (entry.kind === 'address' && entry.address.family === 4 && !wanted.has(key)) unwanted.push(entry)
  }
  if (unwanted.length === 0) return []
  const addressed = new Set<string>()
  const routed = new Set<string>()
  for (const entry of wanted.values()) {
    if (entry.kind === 'address' && entry.address.family === 4) addressed.add(entry.link)
    if (entry.kind === 'route' && entry.to.family === 4) for (const link of linksOfRoute(entry)) routed.add(link)
  }
  return unwanted.filter(({ link }) => routed.has(link) && !addressed.has(link))
}

function findIdsOfOtherKind(wanted: Wanted, standing: Standing): readonly Entry[] {
  const ids: Entry[] = []
  for (const entry of wanted.values()) {
    if (entry.kind !== 'next-hop' && entry.kind !== 'next-hop-group') continue
    const before = standing.get(otherKindOf(entry))
    // A group goes before its next hops, or it might go with the last of them.
    if (before?.kind === 'next-hop') ids.push(before)
    else if (before !== undefined) ids.unshift(before)
  }
  return ids
}

function takeOut(standing: Standing, removed: readonly Entry[]): void {
  const { gone, shrunk } = findVanishing(standing.values(), removed)
  for (const entry of [...removed, ...gone]) standing.delete(keyOf(entry))
  for (const entry of shrunk.values()) standing.set(keyOf(entry), entry)
}

/** A next hop cannot become a group of the same id, nor a group a next hop. */
const otherKindOf = ({ kind, id }: { readonly kind: 'next-hop' | 'next-hop-group'; readonly id: number }): string =>
  `${kind === 'next-hop' ? 'next-hop-group' : 'next-hop'} ${id}`
