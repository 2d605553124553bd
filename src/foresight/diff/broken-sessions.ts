// WireGuard's sessions that do not outlive a change: the peer has another key, another device, another place, or is none any more.
import { entriesOf, formatEndpoint, type NodeState, type PublicKey, type WireguardPeer } from '../../model/index.ts'
import type { NodeChanges } from './alike-changes.ts'

export type BrokenSession = {
  readonly why: 'key' | 'device' | 'endpoint' | 'port' | 'gone'
  /** The peer. */
  readonly with: string
  /** Whose peer it is; ascending. */
  readonly nodes: readonly string[]
  /** As on the first of them: `damask-t1 -> damask-t2`. */
  readonly from: string
  readonly to: string
}

type Session = {
  readonly why: BrokenSession['why']
  readonly with: string
  readonly node: string
  readonly from: string
  readonly to: string
}

/** `states`: of both sides, by which keys are known to be of nodes. */
export function findBrokenSessions(all: readonly NodeChanges[], states: Iterable<NodeState>): readonly BrokenSession[] {
  const ownerOf = keyOwners(states)
  const sessions = all.filter(({ changes }) => changes.length > 0).flatMap((one) => sessionsOf(one, ownerOf))
  const [gone, others] = [sessions.filter(({ why }) => why === 'gone'), sessions.filter(({ why }) => why !== 'gone')]
  const groups = Map.groupBy(
    others,
    ({ why, with: far, from, to }) => `${why} ${far} ${why === 'key' ? '' : `${from} ${to}`}`,
  )
  return [...groups.values(), ...bothEndsOnce(gone)].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const nodes = [...new Set(group.map(({ node }) => node))].sort()
    return [{ why: first.why, with: first.with, nodes, from: first.from, to: first.to }]
  })
}

/** Of more, nobody reads the fewest lines that tell them. */
const MOST_SEARCHED = 2000

/** What both ends lose is one session; it is told of the one that loses most. */
function bothEndsOnce(gone: readonly Session[]): readonly (readonly Session[])[] {
  let rest = [...Map.groupBy(gone, ({ node, with: far }) => [node, far].sort().join('\n')).values()].flatMap((same) =>
    same.slice(0, 1),
  )
  if (rest.length > MOST_SEARCHED) return [...Map.groupBy(rest, ({ with: far }) => far).values()]
  const groups: (readonly Session[])[] = []
  while (rest.length > 0) {
    const counts = new Map<string, number>()
    for (const { node, with: far } of rest) for (const end of [node, far]) counts.set(end, (counts.get(end) ?? 0) + 1)
    const [most = ''] = [...counts].sort(([a, many], [b, few]) => few - many || (a < b ? -1 : 1))[0] ?? []
    const isOf = ({ node, with: far }: Session): boolean => node === most || far === most
    groups.push(
      rest
        .filter(isOf)
        .map((session) => (session.with === most ? session : { ...session, with: most, node: session.with })),
    )
    rest = rest.filter((session) => !isOf(session))
  }
  return groups
}

type OwnerOf = (key: PublicKey) => string

function keyOwners(states: Iterable<NodeState>): OwnerOf {
  const owners = new Map<PublicKey, string>()
  for (const { node, parts } of states)
    for (const part of parts)
      for (const entry of part) if (entry.kind === 'wireguard-device') owners.set(entry.publicKey, node)
  return (key) => owners.get(key) ?? (key.startsWith('?') ? key.slice(1) : key)
}

function sessionsOf({ from, to: { node }, changes }: NodeChanges, ownerOf: OwnerOf): readonly Session[] {
  const created: WireguardPeer[] = []
  const deleted: WireguardPeer[] = []
  const found: Session[] = []
  for (const change of changes) {
    const { op, entry } = change
    if (entry.kind === 'wireguard-peer' && op === 'create') created.push(entry)
    if (entry.kind === 'wireguard-peer' && op === 'delete') deleted.push(entry)
    if (entry.kind === 'link' && op === 'delete' && entry.type.kind === 'wireguard')
      deleted.push(...peersOn(from, entry.name))
    if (op !== 'update') continue
    if (entry.kind === 'wireguard-peer' && change.observed.kind === 'wireguard-peer' && isMoved(entry, change.observed))
      found.push({
        why: 'endpoint',
        with: ownerOf(entry.publicKey),
        node,
        from: placeOf(change.observed),
        to: placeOf(entry),
      })
    if (
      entry.kind === 'wireguard-device' &&
      change.observed.kind === 'wireguard-device' &&
      entry.listenPort !== change.observed.listenPort
    )
      found.push({
        why: 'port',
        with: node,
        node,
        from: `port ${change.observed.listenPort}`,
        to: `port ${entry.listenPort}`,
      })
  }
  for (const peer of deleted) {
    const far = ownerOf(peer.publicKey)
    const now = created.findIndex((one) => ownerOf(one.publicKey) === far)
    const [next] = now < 0 ? [] : created.splice(now, 1)
    found.push({ with: far, node, ...whyOf(peer, next) })
  }
  return found
}

const isMoved = ({ endpoint }: WireguardPeer, before: WireguardPeer): boolean =>
  endpoint !== undefined &&
  before.endpoint !== undefined &&
  formatEndpoint(endpoint) !== formatEndpoint(before.endpoint)

const placeOf = ({ endpoint }: WireguardPeer): string => (endpoint === undefined ? '(none)' : formatEndpoint(endpoint))

function whyOf(peer: WireguardPeer, next: WireguardPeer | undefined): Pick<Session, 'why' | 'from' | 'to'> {
  if (next === undefined) return { why: 'gone', from: peer.link, to: '' }
  return peer.publicKey === next.publicKey
    ? { why: 'device', from: peer.link, to: next.link }
    : { why: 'key', from: peer.publicKey, to: next.publicKey }
}

const peersOn = (state: NodeState, link: string): WireguardPeer[] =>
  [...entriesOf(state)].filter((entry) => entry.kind === 'wireguard-peer').filter((peer) => peer.link === link)
