// Pairs that arrive on both sides, and under another address than before.
import { type EndPairs, endPairsOf } from './end-pairs.ts'
import type { Meeting, Meetings } from './meetings.ts'
import type { Cell, MatchedNode, NodeGroup } from './node-groups.ts'
import type { PairMeaning } from './pair-walk.ts'
import type { ProvedSide } from './proved-side.ts'
import { type SideWalks, walksOf } from './side-walks.ts'

export type MovedSource = EndPairs & {
  /** Of the example. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** The others arrive under other addresses than these. */
  readonly isExample: boolean
}

/** Up to so many pairs of two groups are told with the address of each. */
const MOST_TOLD_APART = 2000

export type ComparedGroups = {
  readonly old: ProvedSide
  readonly next: ProvedSide
  readonly meetings: Meetings
  readonly from: NodeGroup
  readonly to: NodeGroup
}

export function findMovedSources(groups: ComparedGroups, meeting: Meeting): readonly MovedSource[] {
  const { old, next } = groups
  return endPairsOf(meeting.example).flatMap((ends) => {
    const { before, after } = walksOf('classWalkOf', old, next, meeting.example, ends)
    if (!before?.meaning.isReached || !after?.meaning.isReached || before.meaning.sources.length === 0) return []
    const isBetween = before.isTranslatedBetween || after.isTranslatedBetween
    // An address of one of the two ends moves for all of the group, or for none; that of another node does for two whole cells.
    if (!isBetween && movedIn(walksOf('walkOf', old, next, meeting.example, ends)) === undefined) return []
    return [...placesOf(groups, meeting, isBetween)].flatMap(({ example, ...nodes }) => {
      const moved = movedIn(walksOf('walkOf', old, next, example, ends))
      const [from, to] = [example[0].ends[ends[0]], example[1].ends[ends[1]]]
      if (moved === undefined || from === undefined || to === undefined) return []
      return [{ ...nodes, ...moved, from, to, isExample: nodes.pairs > 1 }]
    })
  })
}

type Place = Pick<EndPairs, 'fromNodes' | 'toNodes' | 'pairs'> & Pick<Meeting, 'example'>

/** The pairs that meet so: each by itself where they are few, else by cells, or all together where one tells of all. */
function* placesOf({ meetings, from, to }: ComparedGroups, meeting: Meeting, isBetween: boolean): Generator<Place> {
  const { way, pairs, example } = meeting
  const isApart = pairs <= MOST_TOLD_APART
  if (!isApart && !isBetween) {
    yield { fromNodes: from.whole, toNodes: to.whole, pairs, example }
    return
  }
  for (const here of from.cells)
    for (const there of to.cells) {
      const pair = meetings.cellPairOf(here, there)
      if (pair === undefined || pair.way !== way) continue
      if (isApart) yield* eachOf(here, there)
      else yield { fromNodes: here, toNodes: there, pairs: pair.pairs, example: pair.example }
    }
}

function* eachOf(here: Cell, there: Cell): Generator<Place> {
  for (const a of here.nodes)
    for (const b of there.nodes)
      if (a !== b) yield { fromNodes: alone(a), toNodes: alone(b), pairs: 1, example: [a, b] }
}

const alone = (node: MatchedNode): Cell => ({ name: node.node, nodes: [node] })

function movedIn({ before, after }: SideWalks): Pick<MovedSource, 'before' | 'after'> | undefined {
  const [was, is] = [sourcesOf(before?.meaning), sourcesOf(after?.meaning)]
  return was.join() === is.join() ? undefined : { before: was, after: is }
}

const sourcesOf = (meaning: PairMeaning | undefined): readonly string[] => meaning?.sources ?? []
