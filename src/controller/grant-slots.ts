// Who holds which slot: what the plan says, to be written down. The planner keeps recorded slots and fills those that are free, so
// that a plan made from what was recorded is the same plan.
import type { World } from '../model/index.ts'
import { type Plan, preparePlan } from '../planner/index.ts'
import type { SlotGrant } from './grant-changes.ts'

/** One for each gateway, ascending by name. Who is no gateway has none. */
export const grantSlots = (world: World): readonly SlotGrant[] => grantsOf(preparePlan(world))

export function grantsOf(plan: Plan): readonly SlotGrant[] {
  const grants = [...plan.sites.values()].flatMap(({ name: site, gateways }) =>
    gateways.map(({ node, slot }): SlotGrant => ({ name: node.name, site, slot })),
  )
  return grants.sort((a, b) => (a.name < b.name ? -1 : 1))
}
