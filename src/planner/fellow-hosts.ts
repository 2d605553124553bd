// Private addresses of fellow members to which the fabric carries what comes from elsewhere: the private network would drop it
// for its foreign source, or must not see it.
import type { Prefix } from '../model/index.ts'
import { encapsulatedFellows } from './fabric.ts'
import { ownedByNode } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

export const fellowHosts = (plan: Plan, site: PlannedSite, planned: PlannedNode): readonly Prefix[] =>
  plan.hasExtras
    ? encapsulatedFellows(site, planned).flatMap((fellow) =>
        ownedByNode(site, fellow).flatMap(({ prefix, isUnderlay }) => (isUnderlay ? [prefix] : [])),
      )
    : []
