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

const setChanges = new WeakMap<Difference, Map<string, KeyedChange>>()

/** Of a set of the packet filter; one object for all machines that share both lists. */
export function setChange(text: string, before: readonly Prefix[], after: readonly Prefix[]): KeyedChange {
  const difference = differenceOf(before, after)
  const known = setChanges.get(difference) ?? new Map<string, KeyedChange>()
  setChanges.set(difference, known)
  const { removed, added } = difference
  const change = known.get(text) ?? { table: undefined, slot: { text, names: [] }, removed, added }
  known.set(text, change)
  return change
}
