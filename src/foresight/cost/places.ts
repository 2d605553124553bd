import type { Lab } from '../../model/index.ts'

/** By node name: where a node stands, for whoever sends the bill. */
export type Places = ReadonlyMap<string, string>

/** The cloud that a Lab says; else `before`, where the same nodes stand already, whatever their sites are called now; else the site. */
export const placesOf = (siteOf: ReadonlyMap<string, string>, lab: Lab | undefined, before?: Places): Places =>
  new Map([...siteOf].map(([name, site]) => [name, lab?.placement.get(name) ?? before?.get(name) ?? site] as const))
