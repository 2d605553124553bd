// Finds entries in the plans of many nodes. What nodes share is one list in all their plans, and is looked through once.
import type { Entry, NextHop, NextHopGroup, NodeState } from '../../model/index.ts'

export type EntrySearch = {
  readonly isWanted: (entry: Entry) => boolean
  /** Of those of one node, the ones that count: where the longest prefix decides, that one alone. Left out: all. */
  readonly narrow?: (entries: readonly Entry[]) => readonly Entry[]
  /** What is said in place of the entry's usual line; undefined: that line. */
  readonly say?: (entry: Entry) => string | undefined
  /** The resource whose reasons are told before those of others: `Node/gcp-1`. */
  readonly about?: ReadonlySet<string>
}

export type FoundEntry = { readonly node: string; readonly entry: Entry; readonly objects: NextHops }
/** The next hops of a node by id. */
export type NextHops = ReadonlyMap<number, NextHop | NextHopGroup>

export function* findEntries(states: Iterable<NodeState>, { isWanted, narrow }: EntrySearch): Generator<FoundEntry> {
  const wantedIn = ofPart((part) => part.filter(isWanted))
  const hopsIn = ofPart((part) =>
    part.flatMap((entry) => (entry.kind === 'next-hop' || entry.kind === 'next-hop-group' ? [entry] : [])),
  )
  for (const { node, parts } of states) {
    const wanted = parts.flatMap(wantedIn)
    if (wanted.length === 0) continue
    const objects: NextHops = new Map(parts.flatMap(hopsIn).map((hop) => [hop.id, hop]))
    for (const entry of narrow?.(wanted) ?? wanted) yield { node, entry, objects }
  }
}

function ofPart<T>(find: (part: readonly Entry[]) => readonly T[]): (part: readonly Entry[]) => readonly T[] {
  const known = new WeakMap<readonly Entry[], readonly T[]>()
  return (part) => {
    let found = known.get(part)
    if (found === undefined) {
      found = find(part)
      known.set(part, found)
    }
    return found
  }
}
