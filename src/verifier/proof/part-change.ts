// What became of one part of a state: facts that are looked up by prefix change by addresses; by all others their machine is altered.
import { type Entry, type FilterTable, keyOf, type Prefix } from '../../model/index.ts'
import { take } from './entry-change.ts'
import { type Gathered, gatheredNone, isEmpty } from './gathered-change.ts'
import type { KeyedChange } from './keyed-change.ts'
import { isSameEntry } from './same-entry.ts'
import type { Name } from './slot.ts'

export type PartChange = {
  readonly before: Part
  readonly after: Part
  readonly keyed: readonly KeyedChange[]
  /** Their holders are not as they were, in more than what they look up by prefix. */
  readonly isAltered: boolean
  /** What the altered entries name, as they were and as they are. */
  readonly names: readonly Name[]
  /** The prefixes in them. */
  readonly prefixes: readonly Prefix[]
  /** Addresses that the holder took up or gave up. */
  readonly claims: readonly Prefix[]
}

type Part = readonly Entry[]
const NOTHING: Part = []

/** Undefined: what it does is the same. `unusual`: more may hang on it than is known here. */
export function partChange(before: Part = NOTHING, after: Part = NOTHING): PartChange | 'unusual' | undefined {
  const [table, other] = [before[0], after[0]]
  if (before.length === 1 && after.length === 1 && table?.kind === 'filter-table' && other?.kind === 'filter-table')
    return filterChange(before, after, table, other)
  const length = Math.min(before.length, after.length)
  let start = 0
  while (start < length && isSameEntry(before[start] as Entry, after[start] as Entry)) start++
  if (start === length && before.length === after.length) return undefined
  let end = 0
  while (
    end < length - start &&
    isSameEntry(before[before.length - 1 - end] as Entry, after[after.length - 1 - end] as Entry)
  )
    end++
  const [gone, come] = [before.slice(start, before.length - end), after.slice(start, after.length - end)]
  const old = new Map(gone.map((entry) => [keyOf(entry), entry]))
  const keys = come.map(keyOf)
  // Of several of one key the order counts.
  if (old.size < gone.length || new Set(keys).size < keys.length) return 'unusual'
  const gathered = gatheredNone()
  for (const [nth, entry] of come.entries()) {
    const other = old.get(keys[nth] ?? '')
    old.delete(keys[nth] ?? '')
    if (other === undefined || !isSameEntry(other, entry)) take(gathered, other, entry)
  }
  for (const entry of old.values()) take(gathered, entry, undefined)
  return gathered.isUnusual || isEmpty(gathered) ? 'unusual' : changeOf(gathered, before, after)
}

/** What is compared with care is compared once. */
function filterChange(
  before: Part,
  after: Part,
  table: FilterTable,
  other: FilterTable,
): PartChange | 'unusual' | undefined {
  if (table.name !== other.name) return 'unusual'
  const gathered = gatheredNone()
  take(gathered, table, other)
  return isEmpty(gathered) ? undefined : changeOf(gathered, before, after)
}

function changeOf(into: Gathered, before: Part, after: Part): PartChange {
  const { isAltered, names, prefixes, claims } = into
  return { before, after, keyed: [...into.keyed.values(), ...into.sets], isAltered, names, prefixes, claims }
}
