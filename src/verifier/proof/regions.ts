// The facts by region: what is looked up by prefix stands where the prefix stands in the tree of all prefixes.
import type { Address } from '../../model/index.ts'
import type { Fact } from './fact.ts'
import type { FactBase, Unit } from './facts.ts'
import { add, type Fingerprint, mix } from './fingerprint.ts'
import { claimInsides, NOBODY, type PrefixTree, prefixTreeOf, type Thing, type Things } from './things.ts'

export type PlacedFact = { readonly form: Fingerprint; readonly things: readonly Thing[]; readonly position: number }
export type PlacedUnit = {
  readonly holders: readonly number[]
  readonly network: number | undefined
  /** Those that name anything. */
  readonly facts: readonly PlacedFact[]
  /** All others together. */
  readonly rest: Fingerprint
}

export type Regions = {
  readonly things: Things
  readonly tree: PrefixTree
  readonly units: readonly PlacedUnit[]
  /** Nobody's, but packets go there. */
  readonly marked: ReadonlySet<number>
  /** Machines that nothing stands for: what they claim is not theirs alone, or which entry counts nobody can say. */
  readonly odd: ReadonlySet<number>
  /** Whether a machine has this place of the tree in this table. */
  readonly hasAt: (table: string, position: number, machine: number) => boolean
  /** More than once, or beside its state too. */
  readonly mayHaveTwice: (table: string, position: number, machine: number) => boolean
}

/** `others`: addresses of nobody that packets go to. */
export function regionsOf({ things, units, names, networks }: FactBase, others: readonly Address[]): Regions {
  for (const address of others) things.ofAddress(address)
  const tree = prefixTreeOf(things)
  claimInsides(things, tree)
  const odd = new Set(things.disputing)
  const tables = tablesOf(tree, units, names.length + networks.length)
  const nesting = nestingOf(tree, tables)
  const isBare = ({ prefix, things: named }: Fact): boolean => prefix === undefined && named.length === 0
  const placed = units.map(({ holders, network, facts }) => ({
    holders,
    network,
    rest: facts.reduce((sum, fact) => (isBare(fact) ? add(sum, fact.form) : sum), 0),
    facts: facts
      .filter((fact) => !isBare(fact))
      .map(({ form, things: named, prefix, table }) => {
        if (prefix === undefined) return { form, things: named, position: -1 }
        const position = tree.place.get(prefix) ?? -1
        const nested = table === undefined ? undefined : nesting.get(table)
        if (nested?.clashing.has(position))
          for (const thing of [...named, prefix]) if (things.owner(thing) !== NOBODY) odd.add(things.owner(thing))
        const length = things.prefix(prefix)?.length ?? 0
        const whole = nested?.isNested[position] === 1 ? mix(form, length + 1) : form
        return { form: whole, things: named, position }
      }),
  }))
  const marked = new Set<number>()
  for (const [position, thing] of tree.order.entries()) {
    const prefix = things.prefix(thing)
    if (things.owner(thing) !== NOBODY || prefix === undefined) continue
    if (prefix.length === (prefix.family === 4 ? 32 : 128) || things.isDisputed(thing)) marked.add(position)
  }
  const { entries, beside, clashing } = tables
  return {
    things,
    tree,
    units: placed,
    marked,
    odd,
    hasAt: (...place) => isHeld(entries, ...place) || isHeld(beside, ...place),
    mayHaveTwice: (...place) =>
      clashing.get(place[0])?.has(place[1]) === true || (isHeld(entries, ...place) && isHeld(beside, ...place)),
  }
}

type Nesting = { readonly isNested: Uint8Array; readonly clashing: ReadonlySet<number> }

/** By table and place, who has it: a bit a machine. `clashing`: where one machine has the same prefix twice. */
type Tables = {
  readonly entries: ReadonlyMap<string, ReadonlyMap<number, Uint32Array>>
  readonly beside: ReadonlyMap<string, ReadonlyMap<number, Uint32Array>>
  readonly clashing: ReadonlyMap<string, ReadonlySet<number>>
}

const isHeld = (tables: Tables['entries'], table: string, position: number, machine: number): boolean =>
  (((tables.get(table)?.get(position)?.[machine >>> 5] ?? 0) >>> (machine & 31)) & 1) === 1

function tablesOf({ place }: PrefixTree, units: readonly Unit[], machines: number): Tables {
  const words = Math.ceil(machines / 32)
  const entries = new Map<string, Map<number, Uint32Array>>()
  const beside = new Map<string, Map<number, Uint32Array>>()
  const clashing = new Map<string, Set<number>>()
  for (const { holders, facts } of units) {
    if (!facts.some(({ table }) => table !== undefined)) continue
    const bits = new Uint32Array(words)
    for (const holder of holders) bits[holder >>> 5] = (bits[holder >>> 5] ?? 0) | (1 << (holder & 31))
    const touched = [...new Set(holders.map((holder) => holder >>> 5))]
    for (const { prefix, table, isBeside } of facts) {
      if (prefix === undefined || table === undefined) continue
      const position = place.get(prefix) ?? -1
      const maps = isBeside ? beside : entries
      const map = maps.get(table) ?? new Map<number, Uint32Array>()
      maps.set(table, map)
      const own = map.get(position)
      if (own === undefined) {
        map.set(position, bits.slice())
        continue
      }
      let isClash = false
      for (const word of touched) {
        const [before = 0, more = 0] = [own[word], bits[word]]
        if ((before & more) !== 0) isClash = true
        own[word] = before | more
      }
      if (!isClash || isBeside) continue
      const set = clashing.get(table) ?? new Set<number>()
      clashing.set(table, set.add(position))
    }
  }
  return { entries, beside, clashing }
}

/** Per table, where one machine has a shorter prefix around: there the length of each counts. */
function nestingOf({ parent, end, order }: PrefixTree, { entries, beside, clashing }: Tables): Map<string, Nesting> {
  const found = new Map<string, Nesting>()
  for (const table of new Set([...entries.keys(), ...beside.keys()])) {
    const maps = [entries.get(table), beside.get(table)].filter((map) => map !== undefined)
    const isNested = new Uint8Array(order.length)
    for (const map of maps)
      for (const [position, bits] of map)
        for (let outer = parent[position] ?? -1; outer >= 0; outer = parent[outer] ?? -1)
          if (maps.some((other) => overlap(other.get(outer), bits))) mark(isNested, position, outer, end)
    found.set(table, { isNested, clashing: clashing.get(table) ?? new Set() })
  }
  return found
}

function overlap(a: Uint32Array | undefined, b: Uint32Array): boolean {
  if (a === undefined) return false
  for (let index = 0; index < a.length; index++) if (((a[index] ?? 0) & (b[index] ?? 0)) !== 0) return true
  return false
}

/** Both, and all that stands inside of the inner one. */
function mark(isNested: Uint8Array, position: number, outer: number, end: Int32Array): void {
  isNested[outer] = 1
  isNested.fill(1, position, end[position])
}
