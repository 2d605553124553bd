// Legs between gateways of two sites, and which of them lead to a far site.
import type { Liveness } from '../model/index.ts'
import { aliveOrAll, isAlive } from './liveness.ts'
import type { Plan } from './plan.ts'
import { canMeet, nextSiteOf } from './reach.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

export type Leg = { readonly site: PlannedSite; readonly gateway: PlannedNode }

/** The far gateways that this node has a tunnel to; none unless it is a gateway itself. */
export function legsOf(plan: Plan, planned: PlannedNode): readonly Leg[] {
  if (!planned.isGateway) return []
  return plan.shared(`legs ${planned.node.name}`, () => {
    const legs: Leg[] = []
    for (const site of plan.sites.values())
      if (site.name !== planned.siteName)
        for (const gateway of site.gateways) if (canMeet(planned, gateway)) legs.push({ site, gateway })
    return legs
  })
}

/** The legs by which a gateway's packets for the far site may leave: to its gateways, or to those of the relay. */
export function legsTo(plan: Plan, site: PlannedSite, gateway: PlannedNode, far: PlannedSite): readonly Leg[] {
  const next = nextSiteOf(plan, site, far)
  if (next === undefined) return []
  return next.gateways
    .filter((one) => canMeet(gateway, one) && (next === far || far.gateways.some((last) => canMeet(one, last))))
    .map((one) => ({ site: next, gateway: one }))
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
