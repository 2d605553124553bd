// Legs between gateways of two sites, and which of them lead to a far site.
import type { AliveTest } from './liveness.ts'
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
  if (next === far || legs.length === 0) return legs
  // A relay's gateway that has no leg itself hands over to a fellow that has one.
  const whole = legs.filter((leg) => far.gateways.some((last) => canMeet(leg.gateway, last)))
  return whole.length > 0 ? whole : legs
}

/** The gateways of a site that have a leg towards the far site. */
export const carriersTo = (plan: Plan, site: PlannedSite, far: PlannedSite): readonly PlannedNode[] =>
  site.gateways.filter((gateway) => legsTo(plan, site, gateway, far).length > 0)

export const hasLiveLeg = (
  plan: Plan,
  site: PlannedSite,
  gateway: PlannedNode,
  far: PlannedSite,
  isAlive: AliveTest,
): boolean => legsTo(plan, site, gateway, far).some((leg) => isAlive(gateway, leg.gateway))
