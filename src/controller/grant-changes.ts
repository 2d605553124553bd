// What is to be written so that the store has the grants of the plan.
import type { NodeGrant, World } from '../model/index.ts'

export type GrantChange =
  | { readonly kind: 'remove'; readonly name: string; readonly slot: number | undefined }
  /** `before`: the slot that it holds until then. */
  | { readonly kind: 'write'; readonly name: string; readonly slot: number; readonly before: number | undefined }

/**
 * Removals first, so that no two nodes are seen with one slot. Whatever part of the list is done, the plan is the same: what is
 * removed counted for nothing, and what is written is what the plan says without it. `recorded`: nodes that have a document.
 */
export function grantChanges(
  world: World,
  wanted: readonly NodeGrant[],
  recorded: readonly string[],
): readonly GrantChange[] {
  const keep = new Set(wanted.map(({ name }) => name))
  const removals = recorded
    .filter((name) => !keep.has(name) && !isCovering(world, name))
    .map((name): GrantChange => ({ kind: 'remove', name, slot: world.grants.get(name)?.slot }))
  const writes = wanted.flatMap(({ name, slot }): GrantChange[] => {
    const before = slotOf(world, name)
    return slot === undefined || slot === before ? [] : [{ kind: 'write', name, slot, before }]
  })
  return [...removals, ...writes]
}

/** Without the grant, the slot that the Node document holds would count, and be taken from somebody. */
const isCovering = (world: World, name: string): boolean => world.nodes.get(name)?.granted?.slot !== undefined

/** A grant counts more than what the Node document says. */
const slotOf = (world: World, name: string): number | undefined =>
  world.grants.get(name)?.slot ?? world.nodes.get(name)?.granted?.slot
