// All that the nodes of the network own, in one ascending list. After a change it is patched in place of sorted again.
import { comparePrefixes } from '../model/index.ts'
import { type OwnedPrefix, ownedBySite } from './owned-prefix.ts'
import type { PlannedSite } from './site.ts'

export type OwnedOrder = {
  /** Whose prefixes are in the list. */
  readonly sites: ReadonlySet<PlannedSite>
  readonly list: readonly OwnedPrefix[]
}

/** `previous`: of another plan, of which many sites may be the same objects. The outcome does not depend on it. */
export function orderOwned(sites: Iterable<PlannedSite>, previous?: OwnedOrder): OwnedOrder {
  const now = new Set(sites)
  return { sites: now, list: (previous && tryPatch(now, previous)) ?? sorted(now) }
}

function sorted(sites: Iterable<PlannedSite>): readonly OwnedPrefix[] {
  const all: OwnedPrefix[] = []
  for (const site of sites) for (const owned of ownedBySite(site)) all.push(owned)
  return all.sort(byPrefix)
}

const byPrefix = (a: OwnedPrefix, b: OwnedPrefix): number => comparePrefixes(a.prefix, b.prefix)

/** Undefined: there is too much that is new. */
function tryPatch(now: ReadonlySet<PlannedSite>, { sites, list }: OwnedOrder): readonly OwnedPrefix[] | undefined {
  const came = new Set<OwnedPrefix>()
  const gone = new Set<OwnedPrefix>()
  for (const site of sites) if (!now.has(site)) for (const owned of ownedBySite(site)) gone.add(owned)
  for (const site of now)
    if (!sites.has(site)) for (const owned of ownedBySite(site)) if (!gone.delete(owned)) came.add(owned)
  if (came.size + gone.size === 0) return list
  if (came.size + gone.size > list.length / 32) return undefined
  const patched = [...list]
  for (const owned of gone) {
    const index = placeOf(patched, owned)
    if (patched[index] !== owned) return undefined
    patched.splice(index, 1)
  }
  for (const owned of came) {
    const index = placeOf(patched, owned)
    const there = patched[index]
    if (there !== undefined && byPrefix(there, owned) === 0) return undefined // which of two comes first is for the sort to say
    patched.splice(index, 0, owned)
  }
  return patched
}

/** The index of the first that is not before it. */
function placeOf(ascending: readonly OwnedPrefix[], owned: OwnedPrefix): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const there = ascending[middle]
    if (there !== undefined && byPrefix(there, owned) < 0) low = middle + 1
    else high = middle
  }
  return low
}
