// One newcomer that cannot be planned must not stop the plan of all others: it is left out. But what would cut off nodes that
// stand is a wrong change, and is refused as a whole.
import type { World } from '../model/index.ts'
import { findErrors } from './find-errors.ts'
import { type Plan, preparePlan } from './plan.ts'
import type { PlanIssue } from './plan-issue.ts'
import { type IsStanding, nobodyStands } from './seniority.ts'

export type TolerantPlan =
  /** Of the world without the newcomers that are left out, of whom `plan.issues` says why. */
  | { readonly kind: 'planned'; readonly plan: Plan; readonly leftOut: ReadonlySet<string> }
  /** A sentence for each error that is not a newcomer's. */
  | { readonly kind: 'refused'; readonly errors: readonly string[] }

export type ToleranceOptions = {
  /** Who was part of the last plan that was good. Left out: there was none, and all are newcomers. */
  readonly isStanding?: IsStanding | undefined
  /** The node that asks: without itself it has nothing to plan. */
  readonly self?: string
  readonly previous?: Plan | undefined
}

/**
 * Depends on nothing but the world and who stands: all that have the same last plan leave the same nodes out. Where there are no
 * culprits it costs no more than `preparePlan`.
 */
export function prepareTolerantPlan(
  world: World,
  { isStanding = nobodyStands, self, previous }: ToleranceOptions = {},
): TolerantPlan {
  const leftOut = new Set<string>()
  const notes: PlanIssue[] = []
  // Once more after each leaving out: without some, others may have no place. It ends, as every error names somebody.
  for (;;) {
    const plan = preparePlan(worldWithout(world, leftOut), previous, [...notes])
    const errors = findErrors(plan, isStanding)
    if (errors.length === 0) return { kind: 'planned', plan, leftOut }
    const isNewcomer = (name: string): boolean => name !== self && !isStanding(name)
    const firm = errors.filter(({ nodes = [] }) => nodes.length === 0 || !nodes.every(isNewcomer))
    if (firm.length > 0) return { kind: 'refused', errors: firm.map(({ message }) => message) }
    for (const { nodes = [], message } of errors) {
      for (const name of nodes) leftOut.add(name)
      notes.push(noteOf(nodes, message))
    }
  }
}

/** As if these nodes had never been heard of. */
export function worldWithout(world: World, names: ReadonlySet<string>): World {
  if (names.size === 0) return world
  const rest = <T>(byNode: ReadonlyMap<string, T>): ReadonlyMap<string, T> => {
    const left = new Map(byNode)
    for (const name of names) left.delete(name)
    return left
  }
  return { ...world, nodes: rest(world.nodes), statuses: rest(world.statuses), grants: rest(world.grants) }
}

const NAMES_AT_MOST = 5

function noteOf(nodes: readonly string[], message: string): PlanIssue {
  const [names, rest] = [nodes.slice(0, NAMES_AT_MOST).join(', '), nodes.length - NAMES_AT_MOST]
  const said =
    nodes.length === 1
      ? `node ${names} is left out: ${message}; it is new here`
      : `nodes ${names}${rest > 0 ? ` and ${rest} more` : ''} are left out: ${message}; they are new here`
  return { severity: 'warning', message: said, nodes }
}
