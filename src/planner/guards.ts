// Never in the clear: the unreachable routes that stop what no route carries before it meets the default route (fail closed).
import {
  type Because,
  type Entry,
  equalPrefixes,
  formatPrefix,
  GUARD_TABLE,
  type Prefix,
  route,
} from '../model/index.ts'
import { subnetsOf } from './acceptable.ts'
import { memo } from './memo.ts'
import { ownedByNode } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import { extrasFor, networkBecause, rangesOf } from './ranges.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

/** Over the network's ranges, the same on every node; and over what single nodes elsewhere own besides. */
export const planGuards = (plan: Plan, site: PlannedSite, planned: PlannedNode): readonly (readonly Entry[])[] => [
  memo(plan.ofNetwork, 'guards', () => [
    ...plan.network.podPrefixes.map((to, index) =>
      guard(to, networkBecause(plan, `spec.podPrefixes[${index}]`, NEVER_IN_THE_CLEAR)),
    ),
    ...(plan.network.lan === undefined
      ? []
      : [guard(plan.network.lan, networkBecause(plan, 'spec.lan', NEVER_IN_THE_CLEAR))]),
  ]),
  ...(plan.hasExtras ? [planExtraGuards(plan, site, planned)] : []),
]

const NEVER_IN_THE_CLEAR = 'never in the clear: what no route carries is refused'

/** Not over what the node itself has behind it. */
function planExtraGuards(plan: Plan, site: PlannedSite, planned: PlannedNode): readonly Entry[] {
  const ranges = rangesOf(plan)
  const own = new Set([...ownedByNode(site, planned).map(({ prefix }) => formatPrefix(prefix)), ...planned.leftOut])
  const ofFellows = site.nodes.flatMap((fellow) =>
    fellow === planned ? [] : ownedByNode(site, fellow).filter(({ kind }) => kind === 'offered'),
  )
  const guards = new Map<string, Entry>()
  for (const { prefix, because } of [...extrasFor(plan, site), ...ofFellows]) {
    const text = formatPrefix(prefix)
    if (own.has(text) || guards.has(text)) continue
    if ([...ranges, ...subnetsOf(site)].some((other) => equalPrefixes(other, prefix))) continue
    guards.set(text, guard(prefix, { resource: '', ...because[0], rule: NEVER_IN_THE_CLEAR }))
  }
  return [...guards.values()]
}

const guard = (to: Prefix, because: Because): Entry =>
  route({ table: GUARD_TABLE, to, target: { kind: 'unreachable' }, because: [because] })
