// What is to be written so that the store has the grants of the plan.
import { type Granted, siteNamer, slotGrantedIn, type World } from '../model/index.ts'

/** A slot of a site: what the controller writes always names both. */
export type SlotGrant = { readonly name: string; readonly site: string; readonly slot: number }

export type GrantChange =
  /** `site` and `slot`: what the record said. */
  | { readonly kind: 'remove'; readonly name: string; readonly site?: string; readonly slot?: number }
  /** `before`: what it was granted until then. */
  | ({ readonly kind: 'write'; readonly before: Granted | undefined } & SlotGrant)

/**
 * Removals first, so that no two nodes are seen with one slot. Whatever part of the list is done, the plan is the same: what is
 * removed counted for nothing, and what is written is what the plan says without it. `recorded`: nodes that have a document.
 */
export function grantChanges(
  world: World,
  wanted: readonly SlotGrant[],
  recorded: readonly string[],
): readonly GrantChange[] {
  const known = new Set(recorded)
  const writes = wanted.filter((grant) => !isSaid(world, grant, known.has(grant.name)))
  const written = new Set(writes.map(({ name }) => name))
  const holders = new Set(wanted.map(({ name }) => name))
  const siteOf = siteNamer(world.network, [...world.nodes.values()])
  const isOfUse = (name: string): boolean => {
    const node = world.nodes.get(name)
    if (node === undefined || slotGrantedIn(siteOf(node), world.grants.get(name)) === undefined) return false
    // Without the grant, the slot that the Node document holds would count, and be taken from somebody.
    return holders.has(name) || slotGrantedIn(siteOf(node), node.granted) !== undefined
  }
  return [
    ...recorded
      .filter((name) => !written.has(name) && !isOfUse(name))
      .map((name): GrantChange => ({ kind: 'remove', name, ...grantedOf(world.grants.get(name) ?? {}) })),
    ...writes.map((grant): GrantChange => ({ kind: 'write', ...grant, before: beforeOf(world, grant) })),
  ]
}

/**
 * A record that names no site would count in any other: of the controller's own none stays so. What a person keeps elsewhere is
 * left alone as long as it says the slot.
 */
function isSaid(world: World, { name, site, slot }: SlotGrant, isRecorded: boolean): boolean {
  const grant = world.grants.get(name)
  const said = slotGrantedIn(site, grant)
  if (said === undefined) return slotGrantedIn(site, world.nodes.get(name)?.granted) === slot
  return said === slot && (grant?.site !== undefined || !isRecorded)
}

/** What counts in the site, else what the record says of another. */
function beforeOf(world: World, { name, site }: SlotGrant): Granted | undefined {
  const all = [world.grants.get(name), world.nodes.get(name)?.granted].filter((granted) => granted?.slot !== undefined)
  const before = all.find((granted) => slotGrantedIn(site, granted) !== undefined) ?? all[0]
  return before && grantedOf(before)
}

/** Of a NodeGrant no more than this. */
const grantedOf = ({ site, slot }: Granted): Granted => ({
  ...(site !== undefined && { site }),
  ...(slot !== undefined && { slot }),
})
