// Every prefix has one owner, and neighbouring prefixes that go the same way are one route.
import { areHalves, type Because, type Prefix, prefixOf } from '../model/index.ts'
import { memo } from './memo.ts'
import { inPrefixOrder } from './prefix-order.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

export type OwnedPrefix = {
  readonly prefix: Prefix
  readonly because: readonly Because[]
  /** Its owner; of merged prefixes the first one's. */
  readonly node: string
}

/** The pod prefixes of a node, ascending. */
export function ownedByNode({ node }: PlannedNode): readonly OwnedPrefix[] {
  const resource = `Node/${node.name}`
  const owned = node.podPrefixes.map((prefix, index) => ({
    prefix,
    because: [{ resource, field: `spec.podPrefixes[${index}]`, rule: 'owns the prefix' }],
    node: node.name,
  }))
  return inOrder(owned)
}

/** What the nodes of a site own, ascending, not merged. */
export const ownedBySite = (site: PlannedSite): readonly OwnedPrefix[] =>
  memo(site, 'owned', () => inOrder(site.nodes.flatMap(ownedByNode)))

/** The same, merged: what the site is to all others. */
export const mergedBySite = (site: PlannedSite): readonly OwnedPrefix[] =>
  memo(site, 'merged', () => mergeOwned(ownedBySite(site)))

/** What the nodes of these sites own, ascending, not merged. */
export const ownedBySites = (sites: Iterable<PlannedSite>): readonly OwnedPrefix[] => {
  const all: OwnedPrefix[] = []
  for (const site of sites) for (const owned of ownedBySite(site)) all.push(owned)
  return inOrder(all)
}

const inOrder = (list: readonly OwnedPrefix[]): readonly OwnedPrefix[] => inPrefixOrder(list, ({ prefix }) => prefix)

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
