// What of a far site's prefixes a site takes: not those that its own machines reach without the network.
import { containsPrefix, formatPrefix, type Prefix, prefixOf } from '../model/index.ts'
import { memo } from './memo.ts'
import { mergeOwned, type OwnedPrefix, ownedBySite } from './owned-prefix.ts'
import type { PlannedSite } from './site.ts'

/** Undefined: all of them, as almost always. */
export function acceptableFrom(own: PlannedSite, far: PlannedSite): readonly OwnedPrefix[] | undefined {
  if (!ownsMoreThanPods(far)) return undefined
  const all = ownedBySite(far)
  return all.some((owned) => refuses(own, owned)) ? mergeOwned(all.filter((owned) => !refuses(own, owned))) : undefined
}

const ownsMoreThanPods = (site: PlannedSite): boolean =>
  site.hasExtras && memo(site, 'more than pods', () => ownedBySite(site).some(({ kind }) => kind !== 'pods'))

export const subnetsOf = (site: PlannedSite): readonly Prefix[] =>
  memo(site, 'subnets', () => [
    ...new Map(
      site.nodes.flatMap(({ node }) =>
        node.privateAddresses.map(({ address, length }) => {
          const subnet = prefixOf(address, length)
          return [`${subnet.w0} ${subnet.w1} ${subnet.w2} ${subnet.w3}/${length}`, subnet] as const
        }),
      ),
    ).values(),
  ])

/**
 * True for what is reached without us: a machine of the own subnet may have a joined address. An offered network may be the very one that the site is in, or one
 * behind a machine of the site whose own offer of it does not count.
 */
export const refuses = (own: PlannedSite, { kind, prefix }: OwnedPrefix): boolean =>
  (kind === 'private' && subnetsOf(own).some((subnet) => containsPrefix(subnet, prefix))) ||
  (kind === 'offered' &&
    (subnetsOf(own).some((subnet) => containsPrefix(subnet, prefix)) ||
      own.nodes.some(({ leftOut }) => leftOut.has(formatPrefix(prefix)))))

export const isMultiSubnet = (site: PlannedSite): boolean => {
  const subnets = subnetsOf(site)
  return new Set(subnets.map(({ family }) => family)).size < subnets.length
}
