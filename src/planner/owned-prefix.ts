// Every prefix has one owner, and neighbouring prefixes that go the same way are one route.
import { areHalves, comparePrefixes, equalPrefixes, formatPrefix, type Prefix, prefixOf } from '../model/index.ts'
import { type Claim, claimsOf } from './claims.ts'
import { gatewayAddressesOf } from './gateway-address.ts'
import { memo } from './memo.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

export type OwnedPrefix = Claim

/** What a node owns, ascending. */
export const ownedByNode = (site: PlannedSite, planned: PlannedNode): readonly OwnedPrefix[] =>
  inOrder(countedClaims(site, planned))

function countedClaims(site: PlannedSite, { node, leftOut }: PlannedNode): readonly Claim[] {
  const claims = claimsOf(site.network, site.hasExtras ? gatewayAddressesOf(site, node) : undefined, node)
  return leftOut.size === 0 ? claims : claims.filter(({ prefix }) => !leftOut.has(formatPrefix(prefix)))
}

/** What leads to it inside its site: nothing that the bare private network has already, and no pods of another plugin. */
export const carriedToNode = (
  site: PlannedSite,
  planned: PlannedNode,
  isEncapsulated: boolean,
): readonly OwnedPrefix[] =>
  memo(planned, `carried ${isEncapsulated}`, () =>
    mergeOwned(
      ownedByNode(site, planned).filter(
        ({ isUnderlay, kind }) => (isEncapsulated || !isUnderlay) && (site.fabric.kind !== 'none' || kind !== 'pods'),
      ),
    ),
  )

/** What the nodes of a site own, ascending, not merged. */
export const ownedBySite = (site: PlannedSite): readonly OwnedPrefix[] =>
  memo(site, 'owned', () => {
    const all: OwnedPrefix[] = []
    for (const planned of site.nodes) for (const claim of countedClaims(site, planned)) all.push(claim)
    return inOrder(all)
  })

/** The same, merged: what the site is to all others. */
export const mergedBySite = (site: PlannedSite): readonly OwnedPrefix[] =>
  memo(site, 'merged', () => mergeOwned(ownedBySite(site)))

/** Several lists as one, ascending and merged. */
export const mergeAll = (lists: readonly (readonly OwnedPrefix[])[]): readonly OwnedPrefix[] => {
  const all: OwnedPrefix[] = []
  for (const list of lists) for (const owned of list) all.push(owned)
  return mergeOwned(inOrder(all))
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

/**
 * The fewest prefixes that cover exactly the same addresses; one that lies inside another of the list stays as it is, and so
 * does what is offered. The input ascends.
 */
export function mergeOwned(ascending: readonly OwnedPrefix[]): readonly OwnedPrefix[] {
  const merged: Prefix[] = []
  const starts: number[] = [] // where in the input the merged prefix of the same index begins
  for (let index = 0; index < ascending.length; index++) {
    const owned = ascending[index]
    if (owned === undefined) continue
    let prefix = owned.prefix
    let start = index
    for (let lower = merged.at(-1); lower !== undefined; lower = merged.at(-1)) {
      if (areHalves(lower, prefix) && canMerge(ascending[starts.at(-1) ?? 0], owned))
        prefix = prefixOf(lower, lower.length - 1)
      else if (!equalPrefixes(lower, prefix)) break // equal: two halves inside a prefix of both
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

/** Two offers as one would be a prefix that somebody else may offer. */
const canMerge = (lower: OwnedPrefix | undefined, owned: OwnedPrefix): boolean =>
  lower?.kind !== 'offered' && owned.kind !== 'offered'

function coverOf(prefix: Prefix, ascending: readonly OwnedPrefix[], from: number, to: number): OwnedPrefix {
  const first = ascending[from]
  if (to - from === 1 && first !== undefined) return first
  const covered = ascending.slice(from, to)
  return {
    prefix,
    because: covered.flatMap((owned) => owned.because),
    kind: covered.every(({ kind }) => kind === first?.kind) ? (first?.kind ?? 'pods') : 'private',
    isUnderlay: covered.some(({ isUnderlay }) => isUnderlay),
  }
}
