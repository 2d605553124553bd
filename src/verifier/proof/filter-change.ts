// What became of a table of the packet filter: its sets are looked up by prefix, all else of it is its machine's.
import type { Address, FilterSet, FilterTable, Prefix } from '../../model/index.ts'
import type { Gathered } from './gathered-change.ts'
import { setChange } from './keyed-change.ts'
import { areSameChains, areSamePrefixes } from './same-entry.ts'

export function takeFilters(into: Gathered, before: FilterTable | undefined, after: FilterTable | undefined): void {
  if (!areSameChains(before?.chains ?? [], after?.chains ?? [])) {
    into.isAltered = true
    for (const place of [...placesIn(before?.chains), ...placesIn(after?.chains)])
      if ('length' in place) into.prefixes.push(place as Prefix)
      else into.names.push(place)
  }
  const table = (before ?? after)?.name
  const sets = before?.sets ?? []
  const others = after?.sets ?? []
  if (areInOrder(sets, others)) {
    for (let nth = 0; nth < sets.length; nth++) {
      const [set, other] = [sets[nth] as FilterSet, others[nth] as FilterSet]
      if (!areSamePrefixes(set.elements, other.elements))
        into.sets.push(setChange(`set ${table} ${set.name}`, set.elements, other.elements))
    }
    return
  }
  for (const name of new Set([...sets, ...others].map((set) => set.name))) {
    const [old, own] = [sets, others].map((list) => list.find((set) => set.name === name)?.elements)
    if (old === undefined || own === undefined) into.isAltered = true
    into.sets.push(setChange(`set ${table} ${name}`, old ?? [], own ?? []))
  }
}

function areInOrder(a: readonly FilterSet[], b: readonly FilterSet[]): boolean {
  if (a.length !== b.length) return false
  for (let nth = 0; nth < a.length; nth++) if (a[nth]?.name !== b[nth]?.name) return false
  return true
}

function placesIn(value: unknown): (Address | Prefix)[] {
  if (typeof value !== 'object' || value === null) return []
  return 'w3' in value ? [value as Address | Prefix] : Object.values(value).flatMap(placesIn)
}
