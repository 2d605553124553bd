import type { Lab } from '../../model/index.ts'
import type { Plan } from '../../planner/index.ts'

/** By node name: where a node stands, for whoever sends the bill. */
export type Places = ReadonlyMap<string, string>

/** The cloud that a Lab says; else `before`, where the same nodes stand already, whatever their sites are called now; else the site. */
export const placesOf = (plan: Plan, lab: Lab | undefined, before?: Places): Places =>
  new Map(
    [...plan.nodes].map(
      ([name, { siteName }]) => [name, lab?.placement.get(name) ?? before?.get(name) ?? siteName] as const,
    ),
  )
