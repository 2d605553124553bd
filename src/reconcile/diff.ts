// From what stands to what is wanted: the fewest changes, in an order that leaves no gap and lets nothing leak.
import { type Change, type Entry, entriesOf, type InterfaceAddress, keyOf, type NodeState, type WireguardPeer } from '../model/index.ts'
import { isAsWanted, isSameAddress, isSameType } from './entry-equality.ts'
import { createSchedule, linkOfSysctl, stepOf } from './order.ts'
import { orderPeers, type PeerChange } from './peer-order.ts'
import { findVanishing, linksOfRoute } from './vanishing.ts'

export type DiffOptions = {
  /**
   * The state that was applied last. Only a peer whose own endpoint differs between it and `desired` has its endpoint
   * written; any other difference is where the peer roamed to, and stays. An agent that failed to write an endpoint
   * hands the state before that one in again.
   */
  readonly previous?: NodeState | undefined
}

type Entries = Map<string, Entry>

/**
 * The changes that make `observed` into `desired`; none where they agree. An update of a peer whose endpoint must not be
 * touched carries an entry without endpoint. Left out are: peers and devices whose key is not known yet, pod links that
 * were lost (only a CNI ADD makes those) with all that stands on them, and removals of sysctls.
 */
export function diff(
  desired: NodeState,
  observed: readonly Entry[],
  { previous }: DiffOptions = {},
): readonly Change[] {
  const schedule = createSchedule()
  const standing: Entries = new Map(observed.map((entry) => [keyOf(entry), entry]))
  const wanted = findWanted(desired, standing)

  for (const entry of removeWhatStandsInTheWay(wanted, standing)) {
    schedule.make(entry.kind === 'next-hop-group' ? 'next-hop' : stepOf(entry), { op: 'delete', entry })
  }
  const peers: PeerChange[] = []
  const endpointOf = endpointsOf(previous)
  let met = 0
  for (const [key, entry] of wanted) {
    const before = standing.get(key)
    if (before !== undefined) met++
    if (entry.kind === 'wireguard-peer') peers.push(...comparePeer(entry, before, () => endpointOf(key)))
    else if (before === undefined) schedule.make(stepOf(entry), { op: 'create', entry })
    else if (!isAsWanted(entry, before)) schedule.make(stepOf(entry), { op: 'update', entry, observed: before })
  }
  for (const entry of met === standing.size ? [] : findUnwanted(wanted, standing)) {
    if (entry.kind === 'wireguard-peer') peers.push({ op: 'delete', entry })
    else schedule.remove(entry)
  }
  const { inTurn, later } = orderPeers(peers)
  for (const change of inTurn) schedule.make('wireguard-peer', change)
  for (const { entry } of later) schedule.remove(entry)
  return schedule.changes()
}

function findWanted(desired: NodeState, standing: ReadonlyMap<string, Entry>): Entries {
  const wanted: Entries = new Map()
  const lostLinks = new Set<string>()
  for (const entry of entriesOf(desired)) {
    const key = keyOf(entry)
    if (entry.kind === 'link' && entry.type.kind === 'veth' && !isVeth(standing.get(key))) lostLinks.add(entry.name)
    else if (!('publicKey' in entry && entry.publicKey.startsWith('?'))) wanted.set(key, entry)
  }
  if (lostLinks.size > 0) {
    for (const [key, entry] of wanted) if (lostLinks.has(linkOf(entry) ?? '')) wanted.delete(key)
  }
  return wanted
}

const isVeth = (entry: Entry | undefined): boolean => entry?.kind === 'link' && entry.type.kind === 'veth'

/** The one link without which the entry cannot be. */
function linkOf(entry: Entry): string | undefined {
  if (entry.kind === 'sysctl') return linkOfSysctl(entry.key)
  if (entry.kind === 'route') return entry.target.kind === 'link' ? entry.target.link : undefined
  return 'link' in entry ? entry.link : undefined
}

/**
 * Takes out of `standing`, with all that goes with them: links that change their type, ids that change their kind, and
 * addresses that would take wanted routes along if they went later.
 */
function removeWhatStandsInTheWay(wanted: ReadonlyMap<string, Entry>, standing: Entries): readonly Entry[] {
  const links = findLinksOfOtherType(wanted, standing)
  takeOut(standing, links)
  const addresses = findLastAddresses(wanted, standing)
  takeOut(standing, addresses)
  const ids = findIdsOfOtherKind(wanted, standing)
  takeOut(standing, ids)
  return [...links, ...addresses, ...ids]
}

function findLinksOfOtherType(wanted: ReadonlyMap<string, Entry>, standing: Entries): readonly Entry[] {
  const links: Entry[] = []
  for (const [key, entry] of wanted) {
    if (entry.kind !== 'link') continue
    const before = standing.get(key)
    if (before?.kind === 'link' && !isSameType(entry, before)) links.push(before)
  }
  return links
}

/** With the last IPv4 address of a link Linux removes the IPv4 routes over it: net/ipv4/fib_frontend.c, fib_inetaddr_event(). */
function findLastAddresses(wanted: ReadonlyMap<string, Entry>, standing: Entries): readonly Entry[] {
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

function findIdsOfOtherKind(wanted: ReadonlyMap<string, Entry>, standing: Entries): readonly Entry[] {
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

function takeOut(standing: Entries, removed: readonly Entry[]): void {
  const { gone, shrunk } = findVanishing(standing.values(), removed)
  for (const entry of [...removed, ...gone]) standing.delete(keyOf(entry))
  for (const entry of shrunk.values()) standing.set(keyOf(entry), entry)
}

/** A next hop cannot become a group of the same id, nor a group a next hop. */
const otherKindOf = ({ kind, id }: { readonly kind: 'next-hop' | 'next-hop-group'; readonly id: number }): string =>
  `${kind === 'next-hop' ? 'next-hop-group' : 'next-hop'} ${id}`

function comparePeer(
  entry: WireguardPeer,
  before: Entry | undefined,
  previousEndpoint: () => WireguardPeer['endpoint'] | 'unknown',
): PeerChange[] {
  if (before?.kind !== 'wireguard-peer') return [{ op: 'create', entry }]
  const isMoved = mustMove(entry, before, previousEndpoint)
  if (!isMoved && isAsWanted(entry, before)) return []
  const { endpoint: _, ...withoutEndpoint } = entry
  return [{ op: 'update', entry: isMoved ? entry : withoutEndpoint, observed: before }]
}

function mustMove(
  { endpoint }: WireguardPeer,
  before: WireguardPeer,
  previousEndpoint: () => WireguardPeer['endpoint'] | 'unknown',
): boolean {
  if (endpoint === undefined || isSameEndpoint(endpoint, before.endpoint)) return false
  if (before.endpoint === undefined) return true // it has never been anywhere, so it has not roamed
  const previous = previousEndpoint()
  return previous !== 'unknown' && !isSameEndpoint(endpoint, previous)
}

const isSameEndpoint = (a: WireguardPeer['endpoint'], b: WireguardPeer['endpoint']): boolean =>
  a?.port === b?.port && isSameAddress(a?.address, b?.address)

/** Looks endpoints up in the previous state, which is read only once somebody asks. */
function endpointsOf(previous: NodeState | undefined): (key: string) => WireguardPeer['endpoint'] | 'unknown' {
  let peers: Map<string, WireguardPeer> | undefined
  return (key) => {
    peers ??= new Map(
      (previous?.parts.flat() ?? []).flatMap((entry) =>
        entry.kind === 'wireguard-peer' ? [[keyOf(entry), entry]] : [],
      ),
    )
    const peer = peers.get(key)
    return peer === undefined ? 'unknown' : peer.endpoint
  }
}

/** What stands and is not wanted, less sysctls and what goes by itself with an unwanted link. */
function findUnwanted(wanted: ReadonlyMap<string, Entry>, standing: ReadonlyMap<string, Entry>): Entry[] {
  const unwanted: Entry[] = []
  for (const [key, entry] of standing) {
    // A device's settings are part of its link, and go with it.
    if (entry.kind !== 'sysctl' && entry.kind !== 'wireguard-device' && !wanted.has(key)) unwanted.push(entry)
  }
  const { gone } = findVanishing(
    unwanted,
    unwanted.filter((entry) => entry.kind === 'link'),
  )
  return unwanted.filter((entry) => !gone.has(entry))
}
