// Every prefix has one owner, and neighbouring prefixes that go the same way are one route.
import { areHalves, type Because, comparePrefixes, type Prefix, prefixOf } from '../model/index.ts'
import { memo } from './memo.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

export type OwnedPrefix = {
  readonly prefix: Prefix
  readonly because: readonly Because[]
  /** Its owner; of merged prefixes the first one's. */
  readonly node: string
}

/** The pod prefixes of a node, ascending. */
export const ownedByNode = (planned: PlannedNode): readonly OwnedPrefix[] => inOrder(ownedBy([planned]))

/** What the nodes of a site own, ascending, not merged. */
const ownedBySite = (site: PlannedSite): readonly OwnedPrefix[] =>
  memo(site, 'owned', () => inOrder(ownedBy(site.nodes)))

/** The same, merged: what the site is to all others. */
export const mergedBySite = (site: PlannedSite): readonly OwnedPrefix[] =>
  memo(site, 'merged', () => mergeOwned(ownedBySite(site)))

/** What the nodes of these sites own, ascending, not merged. */
export const ownedBySites = (sites: Iterable<PlannedSite>): readonly OwnedPrefix[] => {
  const all: OwnedPrefix[] = []
  for (const site of sites) for (const owned of ownedBySite(site)) all.push(owned)
  return inOrder(all)
}

function ownedBy(nodes: readonly PlannedNode[]): readonly OwnedPrefix[] {
  const owned: OwnedPrefix[] = []
  for (const { node } of nodes) {
    const resource = `Node/${node.name}`
    for (const [index, prefix] of node.podPrefixes.entries())
      owned.push({
        prefix,
        because: [{ resource, field: `spec.podPrefixes[${index}]`, rule: 'owns the prefix' }],
        node: node.name,
      })
  }
  return owned
}

/** Each family by itself: where names and prefixes grow together, as they mostly do, both are in order already. */
function inOrder(list: readonly OwnedPrefix[]): readonly OwnedPrefix[] {
  if (list.length < 2) return list
  const v4: OwnedPrefix[] = []
  const v6: OwnedPrefix[] = []
  for (const owned of list) (owned.prefix.family === 4 ? v4 : v6).push(owned)
  v4.sort(byPrefix)
  for (const owned of v6.sort(byPrefix)) v4.push(owned)
  return v4
}

const byPrefix = (a: OwnedPrefix, b: OwnedPrefix): number => comparePrefixes(a.prefix, b.prefix)

/** The fewest prefixes that cover exactly the same addresses. The input ascends and nothing in it overlaps. */
export function mergeOwned(ascending: readonly OwnedPrefix[]): readonly OwnedPrefix[] {
  const merged: Prefix[] = []
  const starts: number[] = [] // where in the input the merged prefix of the same index begins
  for (let index = 0; index < ascending.length; index++) {
    const owned = ascending[index]
    if (owned === undefined) continue
    let prefix = owned.prefix
    let start = index
    for (let lower = merged.at(-1); lower !== undefined && areHalves(lower, prefix); lower = merged.at(-1)) {
      prefix = prefixOf(lower, lower.length - 1)
      start = starts.pop() ?? start
      merged.pop()
    }
    merged.push(prefix)
    starts.push(start)
  }
  return merged.map((prefix, index) =>
    coverOf(prefix, ascending, starts[index] ?? 0, starts[index + 1] ?? ascending.length),
  )
}

function coverOf(prefix: Prefix, ascending: readonly OwnedPrefix[], from: number, to: number): OwnedPrefix {
  const first = ascending[from]
  if (to - from === 1 && first !== undefined) return first
  const because = ascending.slice(from, to).flatMap((owned) => owned.because)
  return { prefix, because, node: first?.node ?? '' }
}
