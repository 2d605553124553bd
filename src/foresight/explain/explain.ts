// What a thing is, who owns it, and on which nodes it stands for which reason.
import type { NodeState } from '../../model/index.ts'
import type { Plan } from '../../planner/index.ts'
import { type Appearance, gatherAppearances } from './appearances.ts'
import { findEntries } from './entry-search.ts'
import type { Fact } from './fact.ts'
import { type LookedThrough, lookedThrough } from './looked-through.ts'
import type { FoundMeaning } from './meaning.ts'
import { meaningsOf } from './meanings.ts'

export type Meaning = {
  readonly kind: FoundMeaning['kind']
  /** A clause that completes "X is". */
  readonly is: string
  readonly facts: readonly Fact[]
  /** Those on most nodes first; empty: it stands nowhere. */
  readonly appearances: readonly Appearance[]
}

export type Explanation =
  | { readonly kind: 'known'; readonly asked: string; readonly meanings: readonly Meaning[] }
  | ({ readonly kind: 'unknown'; readonly asked: string } & LookedThrough)

/** `states`: the plans of the nodes to look at; they are gone through once a meaning. */
export function explain(plan: Plan, asked: string, states: Iterable<NodeState>): Explanation {
  const word = asked.trim().replace(/\s+/g, ' ')
  const names = new Set([...plan.nodes.keys(), ...plan.sites.keys()])
  const meanings = meaningsOf(plan, word).map(({ search, ...meaning }): Meaning => {
    const appearances = search === undefined ? [] : gatherAppearances(findEntries(states, search), search, names)
    return { ...meaning, appearances }
  })
  const known = meanings.filter(isKnown)
  return known.length > 0
    ? { kind: 'known', asked: word, meanings: known }
    : { kind: 'unknown', asked: word, ...lookedThrough(plan, word) }
}

/** Any number could be a port; it is one where something has it. */
const isKnown = ({ kind, facts, appearances }: Meaning): boolean =>
  !ONLY_IF_THERE.has(kind) || appearances.length > 0 || facts.length > 0

const ONLY_IF_THERE: ReadonlySet<Meaning['kind']> = new Set(['table', 'rule', 'port', 'mark', 'next hop', 'route'])
