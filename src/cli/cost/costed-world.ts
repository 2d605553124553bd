// A planned world as `damask cost` counts in it: where its nodes stand, who lives there, and the ways of their packets.
import type { Places, Residents, Ways } from '../../foresight/index.ts'
import { siteNames } from '../../model/index.ts'
import type { Plan } from '../../planner/index.ts'
import { walkedPlan } from '../walked-plan.ts'
import type { TriedWorld } from './tried-plan.ts'

export type CostedWorld = {
  readonly places: Places
  readonly residents: Residents
  readonly ways: Ways
  /** What to say of where the picture of the networks below comes from. */
  readonly notes: readonly string[]
}

/** `before`: where the same nodes stand already. */
export async function costedWorld(
  planned: TriedWorld,
  packetBytes: number | undefined,
  before?: Places,
): Promise<CostedWorld> {
  const { world, plan, lab, guessedFrom } = planned
  const [{ placesOf, waysOf }, { states, facts, underlay, guessed }, owned] = await Promise.all([
    import('../../foresight/index.ts'),
    walkedPlan(planned, guessedFrom),
    ownedIn(plan),
  ])
  const siteOf = siteNames(world.network, world.nodes.values())
  const places = placesOf(siteOf, lab, before)
  const sites = Map.groupBy(world.nodes.keys(), (name) => siteOf.get(name) ?? name)
  return {
    places,
    residents: { owned, sites },
    ways: waysOf({ input: { states, facts, underlay }, places, packetBytes }),
    notes:
      lab === undefined
        ? ['note: the networks below are guessed from sites and endpoints; a Lab can say them']
        : guessed.map((note) => `note: ${note}`),
  }
}

async function ownedIn(plan: Plan): Promise<Residents['owned']> {
  const { ownedByNode } = await import('../../planner/index.ts')
  return new Map(
    [...plan.sites.values()].flatMap((site) =>
      site.nodes.map((node) => [node.node.name, ownedByNode(site, node).map(({ prefix }) => prefix)] as const),
    ),
  )
}
