// One look at the store: what the plan grants is written, what it does not grant any more is removed.
import type { NodeGrant, World } from '../model/index.ts'
import { type Plan, prepareTolerantPlan } from '../planner/index.ts'
import type { Issue, ReadResult } from '../store/index.ts'
import { type GrantChange, grantChanges } from './grant-changes.ts'
import { grantsOf } from './grant-slots.ts'

export type GrantStore = {
  readonly read: () => Promise<ReadResult>
  readonly formatIssue: (issue: Issue) => string
  /** The nodes that grants were written for, also those that are gone. */
  readonly grantedNodes: () => Promise<readonly string[]>
  /** False where the store has just that already. */
  readonly writeGrant: (grant: NodeGrant) => Promise<boolean>
  /** False where there is none. */
  readonly removeGrant: (node: string) => Promise<boolean>
}

export type GrantView =
  /** The store holds no world, or none that can be planned: what was granted stays. A sentence for each error. */
  | { readonly kind: 'broken'; readonly errors: readonly string[] }
  | {
      readonly kind: 'planned'
      readonly world: World
      readonly plan: Plan
      /** What is to be done. */
      readonly changes: readonly GrantChange[]
    }

/**
 * Rejects where the store does not answer. The plan before says who was planned; without it, who has a grant was. What was made
 * of sites that did not change is taken over from it.
 */
export async function viewGrants(store: GrantStore, previous?: Plan): Promise<GrantView> {
  const { world, issues } = await store.read()
  if (world === undefined) {
    const errors = issues.filter(isError).map(store.formatIssue)
    return { kind: 'broken', errors: errors.length > 0 ? errors : ['there is no Network'] }
  }
  // As agents do: newcomers that cannot be planned are left out. What is refused leaves them with the world before.
  const isStanding = (node: string): boolean => previous?.nodes.has(node) ?? world.grants.has(node)
  const outcome = prepareTolerantPlan(world, { isStanding, previous })
  if (outcome.kind === 'refused') return { kind: 'broken', errors: outcome.errors }
  const { plan } = outcome
  return { kind: 'planned', world, plan, changes: grantChanges(world, grantsOf(plan), await store.grantedNodes()) }
}

const isError = ({ severity }: { readonly severity: 'error' | 'warning' }): boolean => severity === 'error'

/**
 * `say` is told of each change once it is made. Never rejects: one grant that cannot be written does not stop the others; what
 * failed is returned, a sentence each.
 */
export async function makeGrants(
  store: GrantStore,
  { world, plan, changes }: Extract<GrantView, { kind: 'planned' }>,
  say: (sentence: string, change: GrantChange) => void,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const failures: string[] = []
  for (const change of changes) {
    if (signal?.aborted) break
    try {
      if (await make(change, store)) say(sentenceFor(change, world, plan), change)
    } catch (cause) {
      failures.push(cause instanceof Error ? cause.message : String(cause))
    }
  }
  return failures
}

const make = ({ kind, name, site, slot }: GrantChange, store: GrantStore): Promise<boolean> =>
  kind === 'remove' ? store.removeGrant(name) : store.writeGrant({ name, site, slot })

function sentenceFor(change: GrantChange, world: World, plan: Plan): string {
  const { name, slot } = change
  if (!world.nodes.has(name)) return `removed the grant of node ${name}, which is gone`
  const site = plan.nodeNamed(name)?.siteName
  if (site === undefined) return `removed the grant of node ${name}, which is left out of the plan`
  if (change.kind === 'remove') {
    if (slot === undefined) return `removed the grant of node ${name}, which said no slot`
    if (change.site !== undefined && change.site !== site)
      return `took slot ${slot} of site ${change.site} from node ${name}, which is in site ${site}`
    return `took slot ${slot} of site ${site} from node ${name}, which is no gateway`
  }
  return `granted slot ${slot} of site ${site} to node ${name}${beforeText(change)}`
}

function beforeText({ site, slot, before }: Extract<GrantChange, { kind: 'write' }>): string {
  if (before === undefined) return ''
  if (before.site !== undefined && before.site !== site) return `, which had slot ${before.slot} of site ${before.site}`
  return before.slot === slot ? ', which had it in any site' : `, which had slot ${before.slot}`
}
