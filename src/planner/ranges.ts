// What the network takes of all addresses there are: whole ranges, and what single nodes bring besides.
import { type Because, containsPrefix, type Family, type Prefix } from '../model/index.ts'
import { acceptableFrom } from './acceptable.ts'
import { type OwnedPrefix, ownedBySite } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import type { PlannedSite } from './site.ts'

/** Of the pods and of the virtual LAN. */
export const rangesOf = ({ network }: Pick<Plan, 'network'>, family?: Family): readonly Prefix[] =>
  [...network.podPrefixes, ...(network.lan ? [network.lan] : [])].filter(
    (range) => family === undefined || range.family === family,
  )

/** What other sites own outside the ranges: joined addresses and offered networks. */
export const extrasFor = (plan: Plan, site: PlannedSite): readonly OwnedPrefix[] =>
  plan.shared(`extras for ${site.name}`, () => {
    if (!plan.hasExtras) return []
    const ranges = rangesOf(plan)
    const isExtra = ({ prefix }: OwnedPrefix) => !ranges.some((range) => containsPrefix(range, prefix))
    return [...plan.sites.values()].flatMap((far) =>
      far === site ? [] : (acceptableFrom(site, far) ?? ownedBySite(far)).filter(isExtra),
    )
  })

/** What all of this is for. */
export const rangeField = ({ network }: Pick<Plan, 'network'>): string =>
  network.podPrefixes.length > 0
    ? 'spec.podPrefixes'
    : network.lan === undefined
      ? 'spec.joinPrivateAddresses'
      : 'spec.lan'

/** An entry that is there because of the network as a whole. */
export const networkBecause = ({ network }: Pick<Plan, 'network'>, field: string, rule: string): Because => ({
  resource: `Network/${network.name}`,
  field,
  rule,
})
