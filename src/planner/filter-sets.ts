// The sets that the packet filter's rules speak of: they hold what varies with the world.
import {
  type Address,
  containsPrefix,
  type Family,
  type FilterSet,
  formatPrefix,
  hostPrefix,
  mergePrefixes,
  overlaps,
  type Prefix,
  parsePrefix,
  subtractPrefixes,
} from '../model/index.ts'
import { acceptableFrom } from './acceptable.ts'
import { bareNextHops } from './fabric.ts'
import { memo } from './memo.ts'
import { type OwnedPrefix, ownedByNode, ownedBySite } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import { rangesOf } from './ranges.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import type { Throw } from './throws.ts'

/** Destinations that are never translated on the way out, whatever the network: local, multicast, broadcast. */
const NEVER_OUTSIDE: Readonly<Record<Family, readonly Prefix[]>> = {
  4: ['127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '255.255.255.255/32'].map(parsePrefix),
  6: ['::1/128', 'fe80::/10', 'ff00::/8'].map(parsePrefix),
}

/**
 * `own`: what the node owns; `known`: what all nodes own, save what this site refuses; `hop`: next hops on the private network;
 * `inside`: what is never translated. Only where there is a difference: `site`, what its fellow members own too; `pods`, of what
 * is its own the pods; `near`, what its site reaches without us.
 */
export function planSets(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  family: Family,
  throws: readonly Throw[],
): readonly FilterSet[] {
  const inFamily = (prefixes: readonly Prefix[]) => mergePrefixes(prefixes.filter((prefix) => prefix.family === family))
  const owned = plan.hasExtras ? ownedByNode(site, planned).map(({ prefix }) => prefix) : planned.node.podPrefixes
  const near = nearOf(plan, site)
  const cut = throws.flatMap(({ prefix, isUnderlay }) => (isUnderlay ? [prefix] : []))
  const ownTexts = new Set(owned.map(formatPrefix))
  const taken = new Set(
    throws.flatMap(({ prefix, isTaken }) => {
      const text = formatPrefix(prefix)
      return isTaken && !ownTexts.has(text) ? [text] : []
    }),
  )
  const set = (name: string, elements: readonly Prefix[]): FilterSet => ({ name: `${name}${family}`, family, elements })
  const own = () => inFamily(cutOut(owned, [...cut, ...othersInside(plan, site, planned)]))
  return [
    set('own', plan.hasExtras || cut.length > 0 ? own() : memo(planned, `own ${family}`, own)),
    set('known', knownOf(plan, site, family, cut, taken)),
    ...(site.nodes.length > 1 ? [set('site', ownedBySiteOf(plan, site, family))] : []),
    set('hop', hostPrefixesOf(bareNextHops(site, planned, family))),
    set('inside', insideOf(plan, site, family, cut, taken)),
    ...(hasPodsBesides(plan, planned) ? [set('pods', inFamily(planned.node.podPrefixes))] : []),
    ...(near.length > 0 ? [set('near', inFamily(near))] : []),
  ]
}

const hostPrefixes = new WeakMap<readonly Address[], readonly Prefix[]>()

/** Merged; once for a list that all members of a site share. */
function hostPrefixesOf(addresses: readonly Address[]): readonly Prefix[] {
  const known = hostPrefixes.get(addresses) ?? mergePrefixes(addresses.map(hostPrefix))
  hostPrefixes.set(addresses, known)
  return known
}

/** The node has pods, and owns more than them. */
export const hasPodsBesides = (plan: Plan, { node }: PlannedNode): boolean =>
  plan.hasExtras && node.podPrefixes.length > 0

/** What other members of the site own and this node reaches without us: their private addresses, and pods of another plugin. */
export const nearOf = (plan: Plan, site: PlannedSite): readonly Prefix[] =>
  plan.hasExtras
    ? plan.shared(`near ${site.name}`, () => {
        const isNear = ({ isUnderlay, kind }: OwnedPrefix) =>
          isUnderlay || (site.fabric.kind === 'none' && kind === 'pods')
        return mergePrefixes(ownedBySite(site).flatMap((owned) => (isNear(owned) ? [owned.prefix] : [])))
      })
    : []

function ownedBySiteOf(plan: Plan, site: PlannedSite, family: Family): readonly Prefix[] {
  const make = () => {
    const owned = ownedBySite(site).flatMap(({ prefix }) => (prefix.family === family ? [prefix] : []))
    return mergePrefixes(cutOut(owned, farInside(plan, site, offersOf(site.nodes))))
  }
  return plan.hasExtras ? plan.shared(`owned by ${site.name} ${family}`, make) : memo(site, `owned ${family}`, make)
}

const offersOf = (nodes: readonly PlannedNode[]): readonly Prefix[] => nodes.flatMap(({ node }) => node.offeredPrefixes)

/** What others own inside of what the node offers: the longer prefix is theirs. */
function othersInside(plan: Plan, site: PlannedSite, planned: PlannedNode): readonly Prefix[] {
  const offers = planned.node.offeredPrefixes
  if (offers.length === 0) return []
  const fellows = site.nodes.filter((fellow) => fellow !== planned)
  const ofFellows = fellows.flatMap((fellow) => ownedByNode(site, fellow).map(({ prefix }) => prefix))
  return [...ofFellows.filter((prefix) => isInside(offers, prefix)), ...farInside(plan, site, offers)]
}

const farInside = (plan: Plan, site: PlannedSite, offers: readonly Prefix[]): readonly Prefix[] =>
  offers.length === 0
    ? []
    : [...plan.sites.values()].flatMap((far) =>
        far === site
          ? []
          : (acceptableFrom(site, far) ?? ownedBySite(far)).flatMap(({ prefix }) =>
              isInside(offers, prefix) ? [prefix] : [],
            ),
      )

const isInside = (broader: readonly Prefix[], prefix: Prefix): boolean =>
  broader.some((one) => one.length < prefix.length && containsPrefix(one, prefix))

function knownOf(
  plan: Plan,
  site: PlannedSite,
  family: Family,
  cut: readonly Prefix[],
  taken: ReadonlySet<string>,
): readonly Prefix[] {
  if (!plan.hasExtras) {
    const known = plan.known(family)
    const touching = cut.filter((prefix) => known.some((other) => overlaps(other, prefix)))
    return touching.length === 0 ? known : subtractPrefixes(known, touching)
  }
  const known = plan.shared(`known in ${site.name} ${family}`, () =>
    [...plan.sites.values()].flatMap((one) =>
      (one === site ? ownedBySite(site) : (acceptableFrom(site, one) ?? ownedBySite(one))).flatMap(({ prefix }) =>
        prefix.family === family ? [prefix] : [],
      ),
    ),
  )
  const isLeft = (prefix: Prefix): boolean => !taken.has(formatPrefix(prefix))
  return mergePrefixes(cutOut(taken.size === 0 ? known : known.filter(isLeft), cut))
}

function insideOf(
  plan: Plan,
  site: PlannedSite,
  family: Family,
  cut: readonly Prefix[],
  taken: ReadonlySet<string>,
): readonly Prefix[] {
  const services = plan.network.servicePrefixes.filter((prefix) => prefix.family === family)
  const ranges = [...rangesOf(plan, family), ...services, ...NEVER_OUTSIDE[family]]
  if (!plan.hasExtras) return memo(plan.ofNetwork, `inside ${family}`, () => mergePrefixes(ranges))
  return mergePrefixes([...cutOut(ranges, cut), ...knownOf(plan, site, family, cut, taken)])
}

/** What stands as `throw` is the underlay's, and no part of a broader prefix; what somebody owns inside of it stays his. */
function cutOut(prefixes: readonly Prefix[], cut: readonly Prefix[]): readonly Prefix[] {
  if (cut.length === 0) return prefixes
  return prefixes.flatMap((prefix) => {
    const inner = cut.filter((one) => one.length > prefix.length && containsPrefix(prefix, one))
    return inner.length === 0 ? [prefix] : subtractPrefixes([prefix], inner)
  })
}
