// What of a part of a state has changed, gathered entry by entry.
import type { Prefix } from '../../model/index.ts'
import type { KeyedChange } from './keyed-change.ts'
import { differenceOf } from './prefix-difference.ts'
import { areSamePrefixes } from './same-entry.ts'
import { type Name, type Slot, textOf } from './slot.ts'

export type Gathered = {
  /** More may hang on it than is known here. */
  isUnusual: boolean
  isAltered: boolean
  readonly names: Name[]
  readonly prefixes: Prefix[]
  readonly claims: Prefix[]
  readonly sets: KeyedChange[]
  readonly keyed: Map<string, KeyedChange & { readonly removed: Prefix[]; readonly added: Prefix[] }>
}

export const gatheredNone = (): Gathered => ({
  isUnusual: false,
  isAltered: false,
  names: [],
  prefixes: [],
  claims: [],
  sets: [],
  keyed: new Map(),
})

/** Its entries at most stand in another order. */
export function isEmpty(into: Gathered): boolean {
  return !into.isAltered && into.keyed.size === 0 && into.sets.length === 0
}

/** All that is looked up in this table with this result. */
export function slotNamed(
  into: Gathered,
  table: string | undefined,
  slot: Slot,
): { removed: Prefix[]; added: Prefix[] } {
  const key = `${table} ${slot.text} ${slot.hop} ${slot.names.map((name) => textOf(name)).join()}`
  const known = into.keyed.get(key) ?? { table, slot, removed: [], added: [] }
  into.keyed.set(key, known)
  return known
}

/** Another list of prefixes, all with this result. */
export function takeLists(
  into: Gathered,
  table: string,
  slot: Slot,
  before: readonly Prefix[],
  after: readonly Prefix[],
): void {
  if (areSamePrefixes(before, after)) return
  const own = slotNamed(into, table, slot)
  const { removed, added } = differenceOf(before, after)
  own.removed.push(...removed)
  own.added.push(...added)
}
