// What other sites own, as one site takes it: ascending and merged.
import { acceptableFrom } from './acceptable.ts'
import { replace } from './memo.ts'
import { type MergedPrefixes, mergePrefixesOf } from './merged-prefixes.ts'
import { mergeAll, type OwnedPrefix, ownedBySite } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import type { PlannedSite } from './site.ts'

/** `sites`: those of them that count, none twice. */
export function ownedElsewhere(plan: Plan, site: PlannedSite, sites: readonly PlannedSite[]): readonly OwnedPrefix[] {
  const lists = sites.map((far) => acceptableFrom(site, far))
  const isAll = sites.length === plan.sites.size - 1 && !sites.includes(site)
  if (!isAll || lists.some((list) => list !== undefined))
    return mergeAll(sites.map((far, index) => lists[index] ?? ownedBySite(far)))
  return plan.shared(`elsewhere of ${site.name}`, () => {
    const own = new Set(ownedBySite(site))
    const owned = plan.ownedInOrder().filter((one) => !own.has(one))
    return replace<MergedPrefixes>(site, 'elsewhere', (previous) => mergePrefixesOf(owned, previous)).output
  })
}
