// A world beside an earlier one: what says the same in both is one object, so that plans of both share what is made of it, and what
// only agents and controllers know holds in both.
import type { World } from '../../model/index.ts'

/** `world`, with the objects of `before` wherever they say the same. */
export function adoptUnchanged(world: World, before: World): World {
  return {
    network: same(world.network, before.network),
    sites: sameIn(world.sites, before.sites),
    nodes: sameIn(world.nodes, before.nodes),
    statuses: sameIn(world.statuses, before.statuses),
    grants: sameIn(world.grants, before.grants),
  }
}

const same = <T>(value: T, before: T | undefined): T =>
  before !== undefined && JSON.stringify(value) === JSON.stringify(before) ? before : value

const sameIn = <T>(values: ReadonlyMap<string, T>, before: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
  new Map([...values].map(([name, value]) => [name, same(value, before.get(name))]))

/**
 * `world`, with keys, MTUs and slots of nodes about which it says none from `other`: documents that people wrote do not hold
 * what agents and controllers write beside them, and a plan that had lost all keys is not what is asked about.
 */
export function withWordOf(world: World, other: World): World {
  return {
    ...world,
    statuses: filledUp(world, world.statuses, other.statuses),
    grants: filledUp(world, world.grants, other.grants),
  }
}

function filledUp<T>(
  { nodes }: World,
  own: ReadonlyMap<string, T>,
  other: ReadonlyMap<string, T>,
): ReadonlyMap<string, T> {
  const missing = [...other].filter(([name]) => nodes.has(name) && !own.has(name))
  return missing.length === 0 ? own : new Map([...own, ...missing])
}
