// Prefixes of both families by longest match, as routing tables, allowed IPs and sets of the packet filter are read.
import { type Address, type Family, type Prefix, prefixOf } from '../model/index.ts'
import { addressKey } from './address-key.ts'

export type PrefixTable<Value> = Readonly<Record<Family, FamilyTable<Value>>>

type FamilyTable<Value> = {
  /** Lengths that occur, descending. */
  lengths: readonly number[]
  /** Of one prefix the last that has it says what is there. */
  layers: Layer<Value>[]
  /** The last one, where it is no other table's too. */
  own: Layer<Value> | undefined
  /** What was asked before: a proof asks for few addresses, each many times. */
  readonly found: Map<number | string, Match<Value> | undefined>
}

/** By length and address. */
type Layer<Value> = Map<number, Map<number | string, Value>>

type Match<Value> = { readonly value: Value; readonly length: number }

/** Who asks for more addresses than these has its layers made one, which takes as long as to ask them all some hundred times. */
const MOST_IN_LAYERS = 64

export const createPrefixTable = <Value>(): PrefixTable<Value> => ({ 4: emptyTable(), 6: emptyTable() })

const emptyTable = <Value>(): FamilyTable<Value> => ({
  lengths: [],
  layers: [],
  own: undefined,
  found: new Map(),
})

/** A second value of one prefix takes the place of the first. */
export function setPrefix<Value>(table: PrefixTable<Value>, prefix: Prefix, value: Value): void {
  const family = table[prefix.family]
  if (family.own === undefined) {
    family.own = new Map()
    family.layers.push(family.own)
  }
  let values = family.own.get(prefix.length)
  if (values === undefined) {
    values = new Map()
    family.own.set(prefix.length, values)
    addLengths(family, [prefix.length])
  }
  values.set(addressKey(prefix), value)
  if (family.found.size > 0) family.found.clear()
}

/** All of `other`, in place of what was there of its prefixes. Nothing is copied: `other` must not change any more. */
export function setAll<Value>(table: PrefixTable<Value>, other: PrefixTable<Value>): void {
  for (const family of [4, 6] as const) {
    const [into, { layers, lengths }] = [table[family], other[family]]
    if (layers.length === 0) continue
    into.layers.push(...layers)
    into.own = undefined
    addLengths(into, lengths)
    if (into.found.size > 0) into.found.clear()
  }
}

function addLengths<Value>(family: FamilyTable<Value>, lengths: readonly number[]): void {
  if (lengths.every((length) => family.lengths.includes(length))) return
  family.lengths = [...new Set([...family.lengths, ...lengths])].sort((a, b) => b - a)
}

export const exactPrefix = <Value>(table: PrefixTable<Value>, prefix: Prefix): Value | undefined =>
  lastOf(table[prefix.family].layers, prefix.length, addressKey(prefix))

/** The value of the longest prefix that holds the address. */
export function longestMatch<Value>(table: PrefixTable<Value>, address: Address): Match<Value> | undefined {
  const family = table[address.family]
  const key = addressKey(address)
  const known = family.found.get(key)
  if (known !== undefined || family.found.has(key)) return known
  if (family.layers.length > 1 && family.found.size >= MOST_IN_LAYERS) mergeLayers(family)
  const match = search(family, address)
  family.found.set(key, match)
  return match
}

function search<Value>({ lengths, layers }: FamilyTable<Value>, address: Address): Match<Value> | undefined {
  for (const length of lengths) {
    const value = lastOf(layers, length, addressKey(prefixOf(address, length)))
    if (value !== undefined) return { value, length }
  }
  return undefined
}

function lastOf<Value>(layers: readonly Layer<Value>[], length: number, key: number | string): Value | undefined {
  for (let nth = layers.length - 1; nth >= 0; nth--) {
    const value = (layers[nth] as Layer<Value>).get(length)?.get(key)
    if (value !== undefined) return value
  }
  return undefined
}

function mergeLayers<Value>(family: FamilyTable<Value>): void {
  const merged: Layer<Value> = new Map()
  for (const layer of family.layers)
    for (const [length, values] of layer) {
      const all = merged.get(length) ?? new Map<number | string, Value>()
      merged.set(length, all)
      for (const [key, value] of values) all.set(key, value)
    }
  family.layers = [merged]
  family.own = merged
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
