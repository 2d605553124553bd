// Prefixes that are looked up with another result than before.
import type { Prefix } from '../../model/index.ts'
import { type Difference, differenceOf } from './prefix-difference.ts'
import type { Slot } from './slot.ts'

/** Prefixes that one holder looks up with one result. Without a table: whether an address is in a set. */
export type KeyedChange = {
  readonly table: string | undefined
  readonly slot: Slot
  readonly removed: readonly Prefix[]
  readonly added: readonly Prefix[]
}

/** By the table, then by the set: texts are not made where they are known. */
const setChanges = new WeakMap<Difference, Map<string, Map<string, KeyedChange>>>()

/** Of a set of a table of the packet filter; one object for all machines that share both lists. */
export function setChange(
  [table, name]: readonly [string, string],
  before: readonly Prefix[],
  after: readonly Prefix[],
): KeyedChange {
  const difference = differenceOf(before, after)
  let tables = setChanges.get(difference)
  if (tables === undefined) {
    tables = new Map()
    setChanges.set(difference, tables)
  }
  let known = tables.get(table)
  if (known === undefined) {
    known = new Map()
    tables.set(table, known)
  }
  let change = known.get(name)
  if (change === undefined) {
    const { removed, added } = difference
    change = { table: undefined, slot: { text: `set ${table} ${name}`, names: [] }, removed, added }
    known.set(name, change)
  }
  return change
}
