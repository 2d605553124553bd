// Two networks compared: what changes on which node, what that means to every pair of ends, and which sessions break.
import { siteNames } from '../../model/index.ts'
import { type ChangeGroup, countEntries, groupChanges, type NodeChanges } from './alike-changes.ts'
import { type BrokenSession, findBrokenSessions } from './broken-sessions.ts'
import { findMovedAddresses, type MovedAddress } from './moved-addresses.ts'
import type { MovedSource } from './moved-sources.ts'
import { changesBetween } from './node-changes.ts'
import { groupPairs, type PairGroup } from './pair-groups.ts'
import { type ProvedSide, provedSide } from './proved-side.ts'
import { alikeText, compareReach, type PairDifference } from './reach-difference.ts'
import { byNode, type DiffSide } from './side.ts'
import { walksBetween } from './side-walks.ts'

/** A node that is on one side alone. */
export type WholeNode = { readonly node: string; readonly entries: number }

export type PlanDifference = {
  readonly nodes: { readonly old: number; readonly next: number }
  readonly comes: readonly WholeNode[]
  readonly goes: readonly WholeNode[]
  /** Of the nodes that stay. */
  readonly changes: readonly ChangeGroup[]
  readonly meaning: {
    readonly groups: readonly PairGroup<PairDifference>[]
    /** How many pairs there are: each was compared. */
    readonly pairs: number
  }
  readonly sessions: {
    readonly wireguard: readonly BrokenSession[]
    readonly addresses: readonly MovedAddress[]
    /** Connections that arrive under another address. */
    readonly sources: readonly PairGroup<MovedSource>[]
  }
  /** Reach or encryption that was there is there no more. */
  readonly isLost: boolean
}

/** `node`: what changes on it, and what its ends gain and lose, alone. */
export function comparePlans(old: DiffSide, next: DiffSide, { node }: { readonly node?: string } = {}): PlanDifference {
  const [before, after, planned] = [byNode(old.states), byNode(next.states), byNode(old.planned ?? [])]
  const isMeant = (name: string): boolean => node === undefined || name === node
  const changed = [...after.values()].flatMap((to): NodeChanges[] => {
    const from = before.get(to.node)
    return from === undefined
      ? []
      : [{ from, to, changes: changesBetween({ from, to, planned: planned.get(to.node) }) }]
  })
  const groups = groupChanges(changed, namesIn(old, next))
  const [comes, goes] = [
    next.states.filter((state) => !before.has(state.node)),
    old.states.filter((state) => !after.has(state.node)),
  ].map((states) =>
    states.filter((state) => isMeant(state.node)).map((state) => ({ node: state.node, entries: countEntries(state) })),
  )

  const [proved, provedNext] = [provedSide(old), provedSide(next)]
  const reach = compareReach(proved, provedNext, node)
  const own = changed.filter(({ to }) => isMeant(to.node))
  return {
    nodes: { old: old.states.length, next: next.states.length },
    comes: comes ?? [],
    goes: goes ?? [],
    changes: node === undefined ? groups : groupChanges(own, namesIn(old, next)),
    meaning: {
      groups: sorted(groupPairs(reach.differences, alikeText)).map((group) => ({
        ...group,
        example: asWalked(group.example, proved, provedNext),
      })),
      pairs: reach.pairs,
    },
    sessions: {
      wireguard: findBrokenSessions(own, [...old.states, ...next.states]),
      addresses: findMovedAddresses({ world: old.world, states: before }, { world: next.world, states: after }).filter(
        (one) => isMeant(one.node),
      ),
      sources: groupPairs(reach.movedSources, (one) => `${one.isExample} ${one.before} ${one.after}`),
    },
    isLost: reach.differences.some(isLoss),
  }
}

/** What a pipeline stops at. */
export const isLoss = ({ aspect, change }: Pick<PairDifference, 'aspect' | 'change'>): boolean =>
  change === 'lost' && (aspect === 'reach' || aspect === 'encryption')

/** What a class says, it says of one of its pairs: the words for this one name other nodes. */
function asWalked(difference: PairDifference, old: ProvedSide, next: ProvedSide): PairDifference {
  const { before, after } = walksBetween(old, next, difference.from, difference.to)
  return {
    ...difference,
    ...(before && { before: before.meaning }),
    ...(after && { after: after.meaning }),
  }
}

const namesIn = (...sides: readonly DiffSide[]): ReadonlySet<string> =>
  new Set(sides.flatMap(({ world }) => [...siteNames(world.network, world.nodes.values())].flat()))

const ASPECTS = ['reach', 'encryption', 'public-hop', 'mtu'] as const

/** What is lost first. */
const sorted = (groups: readonly PairGroup<PairDifference>[]): readonly PairGroup<PairDifference>[] => {
  const rank = ({ example }: PairGroup<PairDifference>): number =>
    (isLoss(example) ? 0 : 10) + ASPECTS.indexOf(example.aspect)
  return groups.toSorted((a, b) => rank(a) - rank(b))
}
