import type { EntrySearch } from './entry-search.ts'
import type { Fact } from './fact.ts'

/** One thing that the question may mean, and how to find where it stands. */
export type FoundMeaning = {
  readonly kind:
    | 'address'
    | 'prefix'
    | 'route'
    | 'network'
    | 'node'
    | 'site'
    | 'interface'
    | 'key'
    | 'mark'
    | 'table'
    | 'rule'
    | 'port'
    | 'next hop'
  /** A clause that completes "X is": `the gateway address of node aws-1`. */
  readonly is: string
  readonly facts: readonly Fact[]
  /** Left out: it stands on no node. */
  readonly search?: EntrySearch
}
