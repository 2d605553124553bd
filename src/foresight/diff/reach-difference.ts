// What pairs of ends gain and lose from one network to the other. Every pair is compared: nodes that stand for each other in both
// proofs are taken together, and of each two groups one pair is compared for each way in which they meet.
import { type EndPairs, endPairsOf, type Networks } from './end-pairs.ts'
import { type CellPair, type Meeting, type Meetings, meetingsBetween } from './meetings.ts'
import { findMovedSources, type MovedSource } from './moved-sources.ts'
import { type Cell, groupNodes, type NodeGroup, outsideGroup } from './node-groups.ts'
import type { PairMeaning } from './pair-walk.ts'
import type { ProvedSide } from './proved-side.ts'
import { walksOf } from './side-walks.ts'

/** `reach`, `encryption`: had or not; `mtu`: the largest packet; `public-hop`: how many public networks it crosses. */
export type Aspect = 'reach' | 'encryption' | 'mtu' | 'public-hop'

export type PairDifference = EndPairs & {
  readonly aspect: Aspect
  /** A public hop is gained where there are more of them: that is worse. */
  readonly change: 'lost' | 'gained'
  /** Of the example. Missing where one of the ends is only on the other side. */
  readonly before?: PairMeaning
  readonly after?: PairMeaning
}

export type ReachDifference = {
  readonly differences: readonly PairDifference[]
  readonly movedSources: readonly MovedSource[]
  /** How many pairs were compared. */
  readonly pairs: number
}

/** `node`: pairs with one end on it alone. */
export function compareReach(old: ProvedSide, next: ProvedSide, node?: string): ReachDifference {
  const groups = groupNodes(old, next, node)
  const outside = outsideGroup(old, next)
  const meetings = meetingsBetween(old, next)
  const compared: Compared[] = []
  const movedSources: MovedSource[] = []
  let pairs = 0
  for (const from of groups)
    for (const to of [...groups, outside]) {
      if (!from.isMeant && !to.isMeant) continue
      const ways = meetings.waysOf(from, to)
      for (const way of ways) {
        pairs += way.pairs * endPairsOf(way.example).length
        movedSources.push(...findMovedSources({ old, next, meetings, from, to }, way))
      }
      const found = ways.map((meeting) => ({ meeting, differences: compareMeeting(old, next, meeting) }))
      if (found.some(({ differences }) => differences.length > 0)) compared.push({ from, to, found })
    }
  return { differences: spreadOut(compared, meetings), movedSources, pairs }
}

/** Two groups, and what pairs of them gain and lose by the way in which they meet. */
type Compared = {
  readonly from: NodeGroup
  readonly to: NodeGroup
  readonly found: readonly ComparedWay[]
}

type ComparedWay = { readonly meeting: Meeting; readonly differences: readonly EndDifference[] }

/** Of the ends with these numbers. */
type EndDifference = Pick<PairDifference, 'aspect' | 'change' | 'before' | 'after'> & {
  readonly fromEnd: number
  readonly toEnd: number
}

function compareMeeting(old: ProvedSide, next: ProvedSide, { example }: Meeting): readonly EndDifference[] {
  return endPairsOf(example).flatMap(([fromEnd, toEnd]) => {
    const { before, after } = walksOf('classWalkOf', old, next, example, [fromEnd, toEnd])
    const sides = { ...(before && { before: before.meaning }), ...(after && { after: after.meaning }) }
    return differencesOf(sides).map((one) => ({ ...one, ...sides, fromEnd, toEnd }))
  })
}

/**
 * Groups whose pairs differ alike, however they meet or by whether they share a private network, stay whole; of the others each two
 * cells are told apart, so that whoever reads of two sets of nodes knows it of each two of them.
 */
function spreadOut(compared: readonly Compared[], { cellPairOf }: Meetings): readonly PairDifference[] {
  const split = splitGroups(compared)
  const cellsOf = (group: NodeGroup): readonly Cell[] => (split.has(group) ? group.cells : [group.whole])
  return compared.flatMap((one) => {
    const { from, to, found } = one
    if (!isUniform(found) && !split.has(from)) return wholeByNetworks(one)
    return cellsOf(from).flatMap((here) =>
      cellsOf(to).flatMap((there) => {
        const pair = cellPairOf(here, there)
        if (pair === undefined) return []
        // Of a group that is whole, any two may meet in another way than its first two: then all ways are alike.
        const all = found.find(({ meeting }) => meeting.way === pair.way) ?? found[0]
        return all?.differences.flatMap((difference) => differenceIn(pair, difference)) ?? []
      }),
    )
  })
}

/** Where it counts how two meet, either both are split or none. */
function splitGroups(compared: readonly Compared[]): ReadonlySet<NodeGroup> {
  const split = new Set(compared.filter((one) => !isWhole(one)).flatMap(({ from, to }) => [from, to]))
  const bound = compared.filter(({ found }) => !isUniform(found))
  for (;;) {
    const more = bound.filter(({ from, to }) => split.has(from) !== split.has(to))
    if (more.length === 0) return split
    for (const { from, to } of more) split.add(from).add(to)
  }
}

const isWhole = ({ found }: Compared): boolean =>
  isUniform(found) ||
  (found.every(({ meeting }) => meeting.networks !== undefined) &&
    (['same', 'other'] as const).every((networks) => isUniform(inNetworks(found, networks))))

const isUniform = (found: readonly ComparedWay[]): boolean =>
  new Set(found.map(({ differences }) => differences.map(textOf).join('\n'))).size <= 1

const inNetworks = (found: readonly ComparedWay[], networks: Networks): readonly ComparedWay[] =>
  found.filter(({ meeting }) => meeting.networks === networks)

const wholeByNetworks = ({ from, to, found }: Compared): readonly PairDifference[] =>
  (['same', 'other'] as const).flatMap((networks) => {
    const ways = inNetworks(found, networks)
    const [first] = ways
    if (first === undefined) return []
    const pairs = ways.reduce((sum, { meeting }) => sum + meeting.pairs, 0)
    const all: CellPair = { ...first.meeting, from: from.whole, to: to.whole, pairs }
    return first.differences.flatMap((difference) => differenceIn(all, difference).map((one) => ({ ...one, networks })))
  })

const textOf = ({ fromEnd, toEnd, ...one }: EndDifference): string => `${fromEnd} ${toEnd} ${alikeText(one)}`

/** What pairs have in common that are told together. */
export const alikeText = ({ networks, aspect, change, before, after }: Partial<PairDifference>): string =>
  `${networks} ${aspect} ${change} ${aspect === 'mtu' ? `${before?.mtuBytes} ${after?.mtuBytes}` : `${before?.verdict.kind} ${after?.verdict.kind}`}`

function differenceIn(
  { from: fromNodes, to: toNodes, pairs, example: [a, b] }: CellPair,
  { fromEnd, toEnd, ...difference }: EndDifference,
): readonly PairDifference[] {
  const [from, to] = [a.ends[fromEnd], b.ends[toEnd]]
  return from === undefined || to === undefined ? [] : [{ ...difference, from, to, fromNodes, toNodes, pairs }]
}

export function differencesOf({
  before,
  after,
}: Pick<PairDifference, 'before' | 'after'>): readonly Pick<PairDifference, 'aspect' | 'change'>[] {
  const said = (aspect: Aspect, isLess: boolean) => [{ aspect, change: isLess ? 'lost' : 'gained' } as const]
  const [hadReach, hasReach] = [before?.isReached === true, after?.isReached === true]
  if (hadReach !== hasReach) return said('reach', hadReach)
  if (before === undefined || after === undefined || !hasReach) return []
  return [
    ...(isBarer(after, before) ? said('encryption', true) : isBarer(before, after) ? said('encryption', false) : []),
    ...(before.mtuBytes === after.mtuBytes ? [] : said('mtu', after.mtuBytes < before.mtuBytes)),
    ...(before.publicCrossings === after.publicCrossings
      ? []
      : said('public-hop', after.publicCrossings < before.publicCrossings)),
  ]
}

/** A private hop more is no loss, as where a gateway moves; one that was encrypted is, and so is any over a public network. */
const isBarer = (one: PairMeaning, other: PairMeaning): boolean =>
  one.barePublicCrossings > other.barePublicCrossings ||
  (one.clearCrossings > other.clearCrossings && one.sealedPrivateCrossings < other.sealedPrivateCrossings)
