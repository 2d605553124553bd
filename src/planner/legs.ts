// Legs between gateways of two sites, and which of them lead to a far site.
import type { Liveness } from '../model/index.ts'
import { aliveOrAll, isAlive } from './liveness.ts'
import type { Plan } from './plan.ts'
import { canMeet, nextSiteOf } from './reach.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

export type Leg = { readonly site: PlannedSite; readonly gateway: PlannedNode }

/** The far gateways that this node has a tunnel to; none unless it is a gateway itself. */
export const legsOf = (plan: Plan, planned: PlannedNode): readonly Leg[] =>
  planned.isGateway ? [...legsBySite(plan, planned).values()].flat() : []

/** The same by the far site's name. */
const legsBySite = (plan: Plan, planned: PlannedNode): ReadonlyMap<string, readonly Leg[]> =>
  plan.shared(`legs ${planned.node.name}`, () => {
    const bySite = new Map<string, Leg[]>()
    for (const site of plan.sites.values()) {
      if (site.name === planned.siteName) continue
      for (const gateway of site.gateways) {
        if (!canMeet(planned, gateway)) continue
        const legs = bySite.get(site.name)
        if (legs === undefined) bySite.set(site.name, [{ site, gateway }])
        else legs.push({ site, gateway })
      }
    }
    return bySite
  })

const NO_LEGS: readonly Leg[] = []

/** The legs by which a gateway's packets for the far site may leave: to its gateways, or to those of the relay. */
export function legsTo(plan: Plan, site: PlannedSite, gateway: PlannedNode, far: PlannedSite): readonly Leg[] {
  const next = nextSiteOf(plan, site, far)
  const legs = (next && legsBySite(plan, gateway).get(next.name)) ?? NO_LEGS
  return next === far ? legs : legs.filter((leg) => far.gateways.some((last) => canMeet(leg.gateway, last)))
}

/** The gateways of a site through which the far site is reached: those with a live leg, or all with a leg where none lives. */
export function carriersTo(
  plan: Plan,
  site: PlannedSite,
  far: PlannedSite,
  liveness: Liveness | undefined,
): readonly PlannedNode[] {
  const able = site.gateways.filter((gateway) => legsTo(plan, site, gateway, far).length > 0)
  return liveness === undefined ? able : aliveOrAll(able, (gateway) => hasLiveLeg(plan, site, gateway, far, liveness))
}

export const hasLiveLeg = (
  plan: Plan,
  site: PlannedSite,
  gateway: PlannedNode,
  far: PlannedSite,
  liveness: Liveness | undefined,
): boolean => legsTo(plan, site, gateway, far).some((leg) => isAlive(liveness, gateway, leg.gateway))
