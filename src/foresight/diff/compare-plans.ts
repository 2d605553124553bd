// Two networks compared: what changes on which node, what that means to every pair of ends, and which sessions break.
import { siteNames } from '../../model/index.ts'
import { compileNetwork, factsOf } from '../../verifier/index.ts'
import { type ChangeGroup, countEntries, groupChanges, type NodeChanges } from './alike-changes.ts'
import { type BrokenSession, findBrokenSessions } from './broken-sessions.ts'
import { choosePairs } from './choose-pairs.ts'
import { matchEnds } from './ends.ts'
import { findMovedAddresses, type MovedAddress } from './moved-addresses.ts'
import { changesBetween } from './node-changes.ts'
import { groupPairs, type PairGroup } from './pair-groups.ts'
import { compareReach, type MovedSource, type PairDifference } from './reach-difference.ts'
import { byNode, type DiffSide } from './side.ts'

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
    /** Pairs that were walked on both sides, and how many there are. */
    readonly walked: number
    readonly all: number
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

  const { pairs, all } = choosePairs(matchEnds(old, next), changeNumbers(groups))
  const wanted = pairs.filter(({ from, to }) => isMeant(from.node) || isMeant(to.node))
  const reach = compareReach(compiled(old), compiled(next), { pairs: wanted })
  const own = changed.filter(({ to }) => isMeant(to.node))
  return {
    nodes: { old: old.states.length, next: next.states.length },
    comes: comes ?? [],
    goes: goes ?? [],
    changes: node === undefined ? groups : groupChanges(own, namesIn(old, next)),
    meaning: {
      groups: sorted(groupPairs(reach.differences, alikeDifference)),
      walked: wanted.length,
      all: node === undefined ? all : wanted.length,
    },
    sessions: {
      wireguard: findBrokenSessions(own, [...old.states, ...next.states]),
      addresses: findMovedAddresses({ world: old.world, states: before }, { world: next.world, states: after }).filter(
        (one) => isMeant(one.node),
      ),
      sources: groupPairs(reach.movedSources, (one) => `${one.before} ${one.after}`),
    },
    isLost: reach.differences.some(isLoss),
  }
}

/** What a pipeline stops at. */
export const isLoss = ({ aspect, change }: Pick<PairDifference, 'aspect' | 'change'>): boolean =>
  change === 'lost' && (aspect === 'reach' || aspect === 'encryption')

const compiled = ({ world, states, underlay }: DiffSide) => compileNetwork({ states, facts: factsOf(world), underlay })

const namesIn = (...sides: readonly DiffSide[]): ReadonlySet<string> =>
  new Set(sides.flatMap(({ world }) => [...siteNames(world.network, world.nodes.values())].flat()))

function changeNumbers(groups: readonly ChangeGroup[]): (node: string) => string {
  const numbers = new Map(groups.flatMap(({ nodes }, nth) => nodes.map((node) => [node, `${nth}`] as const)))
  return (node) => numbers.get(node) ?? 'none'
}

const alikeDifference = ({ aspect, change, before, after }: PairDifference): string =>
  `${aspect} ${change} ${aspect === 'mtu' ? `${before?.mtuBytes} ${after?.mtuBytes}` : `${before?.verdict.kind} ${after?.verdict.kind}`}`

const ASPECTS = ['reach', 'encryption', 'public-hop', 'mtu'] as const

/** What is lost first. */
const sorted = (groups: readonly PairGroup<PairDifference>[]): readonly PairGroup<PairDifference>[] => {
  const rank = ({ example }: PairGroup<PairDifference>): number =>
    (isLoss(example) ? 0 : 10) + ASPECTS.indexOf(example.aspect)
  return groups.toSorted((a, b) => rank(a) - rank(b))
}
