// Every prefix has one owner.
import { comparePrefixes, equalPrefixes, formatPrefix } from '../model/index.ts'
import { type Claim, claimsOf } from './claims.ts'
import { gatewayAddressesOf } from './gateway-address.ts'
import { type Keeper, memo, takeOut } from './memo.ts'
import { mergePrefixesOf } from './merged-prefixes.ts'
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
    const before = takeOut<readonly OwnedPrefix[]>(site, OWNED_BEFORE)
    return before === undefined ? inOrder(all) : withSameObjects(inOrder(all), before)
  })

/** For a site of which a plan before knew another state: what did not change stays the same objects, and so what is made of them. */
export const ownedBefore = (site: PlannedSite): Keeper['kept'] => {
  const owned = site.kept?.get('owned') ?? site.kept?.get(OWNED_BEFORE)
  return owned === undefined ? undefined : new Map([[OWNED_BEFORE, owned]])
}

const OWNED_BEFORE = 'owned before'

function withSameObjects(now: readonly OwnedPrefix[], before: readonly OwnedPrefix[]): readonly OwnedPrefix[] {
  let at = 0
  return now.map((owned) => {
    let there = before[at]
    for (; there !== undefined && byPrefix(there, owned) < 0; there = before[at]) at++
    return there !== undefined && isSameClaim(there, owned) ? there : owned
  })
}

const isSameClaim = (a: Claim, b: Claim): boolean =>
  equalPrefixes(a.prefix, b.prefix) &&
  a.kind === b.kind &&
  a.isUnderlay === b.isUnderlay &&
  a.because.length === b.because.length &&
  a.because.every(({ resource, field, rule }, index) => {
    const other = b.because[index]
    return resource === other?.resource && field === other.field && rule === other.rule
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
  if (isInOrder(list)) return list
  const v4: OwnedPrefix[] = []
  const v6: OwnedPrefix[] = []
  for (const owned of list) (owned.prefix.family === 4 ? v4 : v6).push(owned)
  if (!isInOrder(v4)) v4.sort(byPrefix)
  for (const owned of isInOrder(v6) ? v6 : v6.sort(byPrefix)) v4.push(owned)
  return v4
}

function isInOrder(list: readonly OwnedPrefix[]): boolean {
  let previous: OwnedPrefix | undefined
  for (const owned of list) {
    if (previous !== undefined && byPrefix(previous, owned) > 0) return false
    previous = owned
  }
  return true
}

const byPrefix = (a: OwnedPrefix, b: OwnedPrefix): number => comparePrefixes(a.prefix, b.prefix)

/** The fewest that cover exactly the same addresses; the input ascends. */
export const mergeOwned = (ascending: readonly OwnedPrefix[]): readonly OwnedPrefix[] =>
  ascending.length < 2 ? ascending : mergePrefixesOf(ascending).output
