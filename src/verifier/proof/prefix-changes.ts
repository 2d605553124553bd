// What a machine looks up otherwise than before, as addresses: prefixes that merely split or join change nothing.
import {
  containsPrefix,
  equalPrefixes,
  formatPrefix,
  overlaps,
  type Prefix,
  subtractPrefixes,
} from '../../model/index.ts'
import type { KeyedChange } from './keyed-change.ts'
import { type Places, placesIn } from './places.ts'
import type { Regions } from './regions.ts'

export type AddressChange = {
  readonly change: KeyedChange
  readonly removed: readonly Prefix[]
  readonly added: readonly Prefix[]
  /** The same for the same addresses. */
  readonly text: string
}

/** More than this is no small change. */
const MOST_PREFIXES = 200

export type AddressChanges = {
  /** Of all that a machine looks up; undefined: how its entries come to lie over each other cannot be said of others. */
  readonly of: (machine: number, changes: readonly KeyedChange[]) => readonly AddressChange[] | undefined
}

/** `longestSuppressed`: of prefixes up to this length it counts how long they are. */
export function addressChangesIn(regions: Regions, longestSuppressed: number): AddressChanges {
  const places = placesIn(regions)
  const near = new Map<Prefix, readonly number[]>()
  const merged = new Map<KeyedChange, AddressChange>()
  const raw = new Map<KeyedChange, AddressChange>()
  const nearOf = (prefix: Prefix): readonly number[] => {
    const known = near.get(prefix) ?? overlapping(places, prefix)
    near.set(prefix, known)
    return known
  }
  const ofTable = (
    machine: number,
    table: string,
    all: readonly KeyedChange[],
  ): readonly AddressChange[] | undefined => {
    if (all.reduce((sum, { removed, added }) => sum + removed.length + added.length, 0) > MOST_PREFIXES)
      return undefined
    const isGone = (own: Prefix): boolean => all.some(({ removed }) => removed.some((one) => equalPrefixes(one, own)))
    const prefixes = all.flatMap(({ removed, added }) => [...removed, ...added])
    for (const prefix of prefixes)
      for (const at of nearOf(prefix))
        if (regions.mayHaveTwice(table, at, machine) && isGone(places.prefixAt(at))) return undefined
    const others = prefixes.map((prefix) =>
      nearOf(prefix)
        .filter((at) => regions.hasAt(table, at, machine))
        .map(places.prefixAt)
        .filter((own) => !isGone(own)),
    )
    const isApart =
      others.every((list) => list.length === 0) &&
      prefixes.every(({ length }) => length > longestSuppressed) &&
      !isOverlain(all)
    if (isApart) return all.map((change) => remember(merged, change, asAddresses))
    const isClear =
      prefixes.every((prefix, nth) => others[nth]?.every((own) => isAround(own, prefix))) && !hasTwice(all)
    return isClear ? all.map((change) => remember(raw, change, asPrefixes)) : undefined
  }
  return {
    of: (machine, changes) => {
      const found: AddressChange[] = []
      const byTable = new Map<string, KeyedChange[]>()
      for (const change of changes) {
        const { table } = change
        if (table === undefined) found.push(remember(merged, change, asAddresses))
        else {
          const list = byTable.get(table) ?? []
          byTable.set(table, list)
          list.push(change)
        }
      }
      for (const [table, all] of byTable) {
        const own = ofTable(machine, table, all)
        if (own === undefined) return undefined
        found.push(...own)
      }
      return found
    },
  }
}

function overlapping(places: Places, prefix: Prefix): readonly number[] {
  const { start, end } = places.inside(prefix)
  return [...places.around(prefix), ...Array.from({ length: end - start }, (_, nth) => start + nth)]
}

const isAround = (outer: Prefix, prefix: Prefix): boolean =>
  outer.length < prefix.length && containsPrefix(outer, prefix)

/** Of what came, something lies over what came with another result. */
const isOverlain = (all: readonly KeyedChange[]): boolean =>
  all.some(({ added }, nth) =>
    all.slice(nth + 1).some((other) => added.some((one) => other.added.some((two) => overlaps(one, two)))),
  )

const hasTwice = (all: readonly KeyedChange[]): boolean =>
  all.some(({ added }, nth) =>
    all.slice(nth + 1).some((other) => added.some((one) => other.added.some((two) => equalPrefixes(one, two)))),
  )

function remember(
  known: Map<KeyedChange, AddressChange>,
  change: KeyedChange,
  make: (change: KeyedChange) => AddressChange,
): AddressChange {
  const made = known.get(change) ?? make(change)
  known.set(change, made)
  return made
}

function asAddresses(change: KeyedChange): AddressChange {
  const removed = subtractPrefixes(change.removed, change.added)
  const added = subtractPrefixes(change.added, change.removed)
  return { change, removed, added, text: `-${textOf(removed)} +${textOf(added)}` }
}

const asPrefixes = (change: KeyedChange): AddressChange => {
  const { removed, added } = change
  return { change, removed, added, text: `each -${textOf(removed)} +${textOf(added)}` }
}

const textOf = (prefixes: readonly Prefix[]): string => prefixes.map(formatPrefix).sort().join()
