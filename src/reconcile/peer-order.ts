// The order of changes to WireGuard peers. A prefix that goes from one peer of a device to another is taken before it is
// given: given first, WireGuard moves it silently, and what comes after works on peers that are no longer as they were read.
import { formatPrefix, type Prefix, type WireguardPeer } from '../model/index.ts'

export type PeerChange =
  | { readonly op: 'create'; readonly entry: WireguardPeer }
  | { readonly op: 'update'; readonly entry: WireguardPeer; readonly observed: WireguardPeer }
  | { readonly op: 'delete'; readonly entry: WireguardPeer }

export type PeerOrder = {
  /** In the order in which they have to be made. */
  readonly inTurn: readonly PeerChange[]
  /** Removals that nobody waits for. */
  readonly later: readonly PeerChange[]
}

/** One change, and the changes that have to wait until it has let go of a prefix. */
type Turn = { change: PeerChange; waitsFor: number; readonly takers: Turn[]; readonly contested: Prefix[] }

export function orderPeers(changes: readonly PeerChange[]): PeerOrder {
  const turns = changes.map((change): Turn => ({ change, waitsFor: 0, takers: [], contested: [] }))
  linkTurns(turns)
  const { inTurn = [], later = [] } = Object.groupBy(turns, (turn) => (isAwaited(turn) ? 'inTurn' : 'later'))
  return { inTurn: takeTurns(inTurn), later: later.map(({ change }) => change) }
}

const isAwaited = ({ change, takers }: Turn): boolean => change.op !== 'delete' || takers.length > 0

function linkTurns(turns: readonly Turn[]): void {
  const losers = new Map<string, { readonly turn: Turn; readonly prefix: Prefix }>()
  for (const turn of turns) {
    if (turn.change.op === 'create') continue
    for (const [key, prefix] of difference(held(turn.change), wanted(turn.change))) losers.set(key, { turn, prefix })
  }
  if (losers.size === 0) return
  for (const taker of turns) {
    for (const key of difference(wanted(taker.change), held(taker.change)).keys()) {
      const loser = losers.get(key)
      if (loser === undefined) continue
      loser.turn.contested.push(loser.prefix)
      loser.turn.takers.push(taker)
      taker.waitsFor++
    }
  }
}

/** By device and prefix. */
function held(change: PeerChange): Map<string, Prefix> {
  if (change.op === 'create') return new Map()
  return byKey(change.op === 'update' ? change.observed : change.entry)
}

const wanted = (change: PeerChange): Map<string, Prefix> => (change.op === 'delete' ? new Map() : byKey(change.entry))

const byKey = ({ link, allowedIps }: WireguardPeer): Map<string, Prefix> =>
  new Map(allowedIps.map((prefix) => [`${link} ${formatPrefix(prefix)}`, prefix]))

const difference = (a: Map<string, Prefix>, b: Map<string, Prefix>): Map<string, Prefix> =>
  new Map([...a].filter(([key]) => !b.has(key)))

function takeTurns(turns: readonly Turn[]): PeerChange[] {
  const inTurn: PeerChange[] = []
  const ready = turns.filter((turn) => turn.waitsFor === 0)
  const waiting = new Set(turns.filter((turn) => turn.waitsFor > 0))
  const letGo = (turn: Turn): void => {
    for (const taker of turn.takers.splice(0)) {
      taker.waitsFor--
      if (taker.waitsFor === 0 && waiting.delete(taker)) ready.push(taker)
    }
  }
  for (;;) {
    const turn = ready.shift()
    if (turn !== undefined) {
      inTurn.push(turn.change)
      letGo(turn)
      continue
    }
    // What still waits waits in a ring (two peers that exchange prefixes): one of them lets go first and is served later.
    const [first] = [...waiting].filter(({ takers }) => takers.length > 0)
    if (first === undefined) return inTurn
    inTurn.push(...stripContested(first))
    letGo(first)
  }
}

function stripContested(turn: Turn): PeerChange[] {
  const { change, contested } = turn
  if (change.op !== 'update') return []
  const lost = new Set(contested.map(formatPrefix))
  const allowedIps = change.observed.allowedIps.filter((prefix) => !lost.has(formatPrefix(prefix)))
  const stripped: WireguardPeer = { ...change.observed, allowedIps }
  const { endpoint: _, ...entry } = stripped
  turn.change = { ...change, observed: stripped }
  return [{ op: 'update', entry, observed: change.observed }]
}
