// Prefixes of both families by longest match, as routing tables, allowed IPs and sets of the packet filter are read.
import { type Address, type Family, type Prefix, prefixOf } from '../model/index.ts'
import { addressKey } from './address-key.ts'

export type PrefixTable<Value> = Readonly<Record<Family, FamilyTable<Value>>>

type FamilyTable<Value> = {
  /** Lengths that occur, descending. */
  lengths: number[]
  readonly byLength: Map<number, Map<number | string, Value>>
  /** What was asked before: a proof asks for few addresses, each many times. */
  readonly found: Map<number | string, Match<Value> | undefined>
}

type Match<Value> = { readonly value: Value; readonly length: number }

export const createPrefixTable = <Value>(): PrefixTable<Value> => ({
  4: { lengths: [], byLength: new Map(), found: new Map() },
  6: { lengths: [], byLength: new Map(), found: new Map() },
})

/** A second value of one prefix takes the place of the first. */
export function setPrefix<Value>(table: PrefixTable<Value>, prefix: Prefix, value: Value): void {
  const own = table[prefix.family]
  let values = own.byLength.get(prefix.length)
  if (values === undefined) {
    values = new Map()
    own.byLength.set(prefix.length, values)
    own.lengths = [...own.lengths, prefix.length].sort((a, b) => b - a)
  }
  values.set(addressKey(prefix), value)
  if (own.found.size > 0) own.found.clear()
}

export const exactPrefix = <Value>(table: PrefixTable<Value>, prefix: Prefix): Value | undefined =>
  table[prefix.family].byLength.get(prefix.length)?.get(addressKey(prefix))

/** The value of the longest prefix that holds the address. */
export function longestMatch<Value>(table: PrefixTable<Value>, address: Address): Match<Value> | undefined {
  const own = table[address.family]
  const key = addressKey(address)
  const known = own.found.get(key)
  if (known !== undefined || own.found.has(key)) return known
  const match = search(own, address)
  own.found.set(key, match)
  return match
}

function search<Value>({ lengths, byLength }: FamilyTable<Value>, address: Address): Match<Value> | undefined {
  for (const length of lengths) {
    const value = byLength.get(length)?.get(addressKey(prefixOf(address, length)))
    if (value !== undefined) return { value, length }
  }
  return undefined
}

export function prefixTableOf(prefixes: Iterable<Prefix>): PrefixTable<Prefix> {
  const table = createPrefixTable<Prefix>()
  for (const prefix of prefixes) setPrefix(table, prefix, prefix)
  return table
}

const sets = new WeakMap<readonly Prefix[], PrefixTable<Prefix>>()

/** Of a list that many nodes share: made once. */
export function sharedPrefixTable(prefixes: readonly Prefix[]): PrefixTable<Prefix> {
  let table = sets.get(prefixes)
  if (table === undefined) {
    table = prefixTableOf(prefixes)
    sets.set(prefixes, table)
  }
  return table
}
