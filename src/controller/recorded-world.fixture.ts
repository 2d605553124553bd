// What becomes of a world when the controller's changes are written down, all or in part.
import { type Node, type NodeGrant, slotGrantedIn, type World } from '../model/index.ts'
import { type GrantChange, grantChanges } from './grant-changes.ts'
import { grantSlots } from './grant-slots.ts'

export const slotsIn = (world: World): Map<string, number | undefined> =>
  new Map(grantSlots(world).map(({ name, slot }) => [name, slot]))
export const changesOf = (world: World): readonly GrantChange[] =>
  grantChanges(world, grantSlots(world), [...world.grants.keys()])
export const applied = (world: World, changes: readonly GrantChange[]): World => {
  const grants = new Map<string, NodeGrant>(world.grants)
  for (const change of changes) {
    const { name } = change
    if (change.kind === 'remove') grants.delete(name)
    else grants.set(name, { name, site: change.site, slot: change.slot })
  }
  return { ...world, grants }
}
export const recorded = (world: World): World => applied(world, changesOf(world))
export const slotBefore = (world: World, { name, site = '', granted }: Node): number | undefined =>
  slotGrantedIn(site, world.grants.get(name)) ?? slotGrantedIn(site, granted)

export function nodeIn(world: World, name: string): Node {
  const node = world.nodes.get(name)
  if (node === undefined) throw new Error(`there is no node ${name}`)
  return node
}
