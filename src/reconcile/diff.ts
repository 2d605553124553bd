// From what stands to what is wanted: the fewest changes, in an order that leaves no gap and lets nothing leak.
import { type Change, type Entry, entriesOf, keyOf, type NodeState, type WireguardPeer } from '../model/index.ts'
import { orderDevices } from './device-order.ts'
import { isAsWanted, isSameAddress } from './entry-equality.ts'
import { removeWhatStandsInTheWay } from './in-the-way.ts'
import { createSchedule, linkOfSysctl, stepOf } from './order.ts'
import { orderPeers, type PeerChange } from './peer-order.ts'
import { withoutSettledRoutes } from './settled-routes.ts'
import { findVanishing } from './vanishing.ts'

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
export function diff(desired: NodeState, observed: readonly Entry[], options: DiffOptions = {}): readonly Change[] {
  const rest = withoutSettledRoutes(desired, observed)
  return changesOf(rest.desired, rest.observed, options, 'a part') ?? changesOf(desired, observed, options, 'all') ?? []
}

/** `given`: of a part undefined where what is left out may count too, as something goes that routes stand on. */
export function changesOf(
  desired: NodeState,
  observed: readonly Entry[],
  { previous }: DiffOptions,
  given: 'a part' | 'all',
): readonly Change[] | undefined {
  const schedule = createSchedule()
  const standing: Entries = new Map(observed.map((entry) => [keyOf(entry), entry]))
  const { wanted, lostLinks } = findWanted(desired, standing)
  if (given === 'a part' && (lostLinks.size > 0 || losesAddress(wanted, standing))) return undefined

  const inTheWay = removeWhatStandsInTheWay(wanted, standing)
  if (given === 'a part' && inTheWay.length > 0) return undefined
  for (const entry of inTheWay) {
    schedule.make(entry.kind === 'next-hop-group' ? 'next-hop' : stepOf(entry), { op: 'delete', entry })
  }
  const peers: PeerChange[] = []
  const devices: Change[] = []
  const endpointOf = endpointsOf(previous)
  let met = 0
  for (const [key, entry] of wanted) {
    const before = standing.get(key)
    if (before !== undefined) met++
    if (entry.kind === 'wireguard-peer') peers.push(...comparePeer(entry, before, () => endpointOf(key)))
    else if (before === undefined || !isAsWanted(entry, before)) {
      const change: Change = before === undefined ? { op: 'create', entry } : { op: 'update', entry, observed: before }
      if (entry.kind === 'wireguard-device') devices.push(change)
      else schedule.make(stepOf(entry), change)
    }
  }
  for (const entry of met === standing.size ? [] : findUnwanted(wanted, standing)) {
    if (entry.kind === 'wireguard-peer') peers.push({ op: 'delete', entry })
    else schedule.remove(entry)
  }
  for (const change of orderDevices(devices)) schedule.make('wireguard-device', change)
  const { inTurn, later } = orderPeers(peers)
  for (const change of inTurn) schedule.make('wireguard-peer', change)
  for (const { entry } of later) schedule.remove(entry)
  return schedule.changes()
}

/** With its last IPv4 address a link loses routes. */
function losesAddress(wanted: ReadonlyMap<string, Entry>, standing: ReadonlyMap<string, Entry>): boolean {
  for (const [key, { kind }] of standing) if (kind === 'address' && !wanted.has(key)) return true
  return false
}

function findWanted(
  desired: NodeState,
  standing: ReadonlyMap<string, Entry>,
): { readonly wanted: Entries; readonly lostLinks: ReadonlySet<string> } {
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
  return { wanted, lostLinks }
}

const isVeth = (entry: Entry | undefined): boolean => entry?.kind === 'link' && entry.type.kind === 'veth'

/** The one link without which the entry cannot be. */
function linkOf(entry: Entry): string | undefined {
  if (entry.kind === 'sysctl') return linkOfSysctl(entry.key)
  if (entry.kind === 'route') return entry.target.kind === 'link' ? entry.target.link : undefined
  return 'link' in entry ? entry.link : undefined
}

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
