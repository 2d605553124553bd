// The sets that the packet filter's rules speak of: they hold what varies with the world.
import {
  type Family,
  type FilterSet,
  hostPrefix,
  mergePrefixes,
  overlaps,
  type Prefix,
  parsePrefix,
  subtractPrefixes,
} from '../model/index.ts'
import { bareNextHops } from './fabric.ts'
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
 * `own`: what the node owns; `known`: what all nodes own; `hop`: next hops on the private network; `inside`: what is never
 * translated. Only where there is a difference: `pods`, of what is its own the pods; `near`, what its site reaches without us.
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
  const inside = plan.shared(`inside ${family}`, () =>
    mergePrefixes([
      ...rangesOf(plan, family),
      ...plan.network.servicePrefixes.filter((prefix) => prefix.family === family),
      ...NEVER_OUTSIDE[family],
      ...(plan.hasExtras ? plan.known(family) : []),
    ]),
  )
  const set = (name: string, elements: readonly Prefix[]): FilterSet => ({ name: `${name}${family}`, family, elements })
  return [
    set('own', without(inFamily(owned), cut, ownHosts(plan, site, planned), family)),
    set('known', without(plan.known(family), cut, near, family)),
    set('hop', mergePrefixes(bareNextHops(plan, site, planned, family).map(hostPrefix))),
    set('inside', inside),
    ...(hasMoreThanPods(plan, planned) ? [set('pods', inFamily(planned.node.podPrefixes))] : []),
    ...(near.length > 0 ? [set('near', inFamily(near))] : []),
  ]
}

export const hasMoreThanPods = (plan: Plan, { node }: PlannedNode): boolean =>
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

/** The addresses of the machine itself. */
const ownHosts = (plan: Plan, site: PlannedSite, planned: PlannedNode): readonly Prefix[] =>
  plan.hasExtras ? ownedByNode(site, planned).flatMap(({ prefix, isUnderlay }) => (isUnderlay ? [prefix] : [])) : []

/** What stands as `throw` is the underlay's, and no prefix of the network; save what a machine there owns itself. */
function without(
  known: readonly Prefix[],
  throws: readonly Prefix[],
  near: readonly Prefix[],
  family: Family,
): readonly Prefix[] {
  const cut = throws.filter((prefix) => known.some((other) => overlaps(other, prefix)))
  if (cut.length === 0) return known
  const kept = near.filter((prefix) => prefix.family === family)
  const rest = subtractPrefixes(known, cut)
  return kept.length === 0 ? rest : mergePrefixes([...rest, ...kept])
}
