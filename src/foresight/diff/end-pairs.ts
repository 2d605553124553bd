// Pairs of ends of two sets of nodes.
import { type MatchedEnd, meets } from './ends.ts'
import type { Meeting } from './meetings.ts'
import type { Cell } from './node-groups.ts'

/** Each end of these nodes with each of those, other than on its own node. */
export type EndPairs = {
  /** Of one of the pairs. */
  readonly from: MatchedEnd
  readonly to: MatchedEnd
  readonly fromNodes: Cell
  readonly toNodes: Cell
  /** Left out: wherever they stand. */
  readonly networks?: Networks
  readonly pairs: number
}

/** Of those that stand in one private network, or of all others alone. */
export type Networks = 'same' | 'other'

/** Places of two ends among those of their nodes. */
export type EndNumbers = readonly [from: number, to: number]

export const endPairsOf = ([a, b]: Meeting['example']): readonly EndNumbers[] =>
  a.ends.flatMap((from, nth) => b.ends.flatMap((to, other) => (meets(from, to) ? [[nth, other] as const] : [])))
