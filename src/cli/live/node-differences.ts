// Where a machine is not as its plan says, entry by entry.
import { type Entry, entriesOf, keyOf, type NodeState } from '../../model/index.ts'
import { isAsWanted } from '../../reconcile/index.ts'

/** One thing of ours on one node. */
export type Difference =
  /** The kernel has none. */
  | { readonly kind: 'missing'; readonly planned: Entry }
  /** It has it with other values. */
  | { readonly kind: 'other'; readonly planned: Entry; readonly standing: Entry }
  /** It carries our mark, and the plan has none. */
  | { readonly kind: 'too-much'; readonly standing: Entry }

/**
 * Endpoints of peers do not count where there are any: WireGuard sends to where it heard from them last. Unlike what an agent would
 * do about it, what hangs on a missing link is named too.
 */
export function differencesOf(planned: NodeState, observed: readonly Entry[]): ReadonlyMap<string, Difference> {
  const standing = new Map(observed.map((entry) => [keyOf(entry), entry]))
  const found = new Map<string, Difference>()
  for (const entry of entriesOf(planned)) {
    const key = keyOf(entry)
    const there = standing.get(key)
    standing.delete(key)
    if (there === undefined) found.set(key, { kind: 'missing', planned: entry })
    else if (!isAsWanted(entry, there) || lostItsEndpoint(entry, there))
      found.set(key, { kind: 'other', planned: entry, standing: there })
  }
  // A device's settings are part of its link.
  for (const [key, entry] of standing)
    if (entry.kind !== 'wireguard-device') found.set(key, { kind: 'too-much', standing: entry })
  return found
}

const lostItsEndpoint = (planned: Entry, standing: Entry): boolean =>
  planned.kind === 'wireguard-peer' &&
  standing.kind === 'wireguard-peer' &&
  planned.endpoint !== undefined &&
  standing.endpoint === undefined

/** The observed state of a node, with the plan's reasons for what is in both. */
export function observedState(planned: NodeState, observed: readonly Entry[]): NodeState {
  const reasons = new Map([...entriesOf(planned)].map((entry) => [keyOf(entry), entry.because]))
  const { node, gatewayAddresses } = planned
  return {
    node,
    gatewayAddresses,
    parts: [observed.map((entry) => ({ ...entry, because: reasons.get(keyOf(entry)) ?? [] }))],
  }
}
