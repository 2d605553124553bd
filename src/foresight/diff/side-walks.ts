// How one pair of ends fares on both sides, as far as both ends are there.
import type { EndNumbers } from './end-pairs.ts'
import type { MatchedEnd } from './ends.ts'
import type { MatchedNode } from './node-groups.ts'
import type { PairWalk } from './pair-walk.ts'
import type { ProvedSide } from './proved-side.ts'

export type SideWalks = { readonly before?: PairWalk; readonly after?: PairWalk }

/** `how`: as one of their class, or these very two. */
export function walksOf(
  how: 'classWalkOf' | 'walkOf',
  old: ProvedSide,
  next: ProvedSide,
  [a, b]: readonly [MatchedNode, MatchedNode],
  [fromEnd, toEnd]: EndNumbers,
): SideWalks {
  const walk = (side: ProvedSide, which: 'old' | 'next'): PairWalk | undefined => {
    const [source, target] = [a.ends[fromEnd]?.[which]?.source, b.ends[toEnd]?.[which]?.target]
    if (a[which] === undefined || source === undefined || target === undefined) return undefined
    const machine = b[which]
    return side[how]({ machine: a[which], end: source }, { end: target, ...(machine !== undefined && { machine }) })
  }
  const [before, after] = [walk(old, 'old'), walk(next, 'next')]
  return { ...(before && { before }), ...(after && { after }) }
}

/** The same of ends whose nodes are known by name alone. */
export function walksBetween(old: ProvedSide, next: ProvedSide, from: MatchedEnd, to: MatchedEnd): SideWalks {
  const nodeOf = (end: MatchedEnd): MatchedNode => {
    const [was, is] = [old.machineOf.get(end.node), next.machineOf.get(end.node)]
    return {
      node: end.node,
      ends: [end],
      ...(was !== undefined && { old: was }),
      ...(is !== undefined && { next: is }),
    }
  }
  return walksOf('walkOf', old, next, [nodeOf(from), nodeOf(to)], [0, 0])
}
