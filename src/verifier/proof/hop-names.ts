// Next hops by what they lead to: their numbers are names of a machine's own.
import type { NodeState } from '../../model/index.ts'
import { partIndexOf } from '../part-index.ts'
import { NOBODY, type Thing, type Things } from './things.ts'

export type HopOwners = {
  readonly owners: ReadonlyMap<number, number>
  readonly isLocal: (id: number, part: object) => boolean
}

/** A next hop by whose address it always leads is that machine's; one that a part both makes and uses has no name outside. */
export function hopOwners(things: Things, states: readonly NodeState[]): HopOwners {
  const owners = new Map<number, number>()
  const made = new Map<number, Set<object>>()
  const used = new Map<number, Set<object>>()
  const note = (map: Map<number, Set<object>>, id: number, part: object): void => {
    const set = map.get(id)
    if (set === undefined) map.set(id, new Set([part]))
    else set.add(part)
  }
  for (const part of new Set(states.flatMap(({ parts }) => parts))) {
    const { nextHops, groups, routes } = partIndexOf(part)
    for (const { id, via } of nextHops) {
      note(made, id, part)
      const owner = via === undefined ? NOBODY : things.owner(things.ofAddress(via))
      owners.set(id, owners.has(id) && owners.get(id) !== owner ? NOBODY : owner)
    }
    for (const { id, members } of groups) {
      note(made, id, part)
      owners.set(id, NOBODY)
      for (const one of members) note(used, one, part)
    }
    for (const { target } of routes) if (target.kind === 'next-hop-object') note(used, target.id, part)
  }
  for (const [id, owner] of owners) if (owner !== NOBODY) things.claim(things.ofText(`hop ${id}`), owner, 'hop')
  const local = new Set(
    [...made].flatMap(([id, parts]) => ([...(used.get(id) ?? [])].every((one) => parts.has(one)) ? [id] : [])),
  )
  return { owners, isLocal: (id, part) => local.has(id) && made.get(id)?.has(part) === true }
}

/** How a fact names a next hop: as a thing, or in its form. */
export function hopName(
  things: Things,
  hops: HopOwners,
  part: object,
  id: number,
): { form: string; things: readonly Thing[] } {
  if ((hops.owners.get(id) ?? NOBODY) !== NOBODY) return { form: 'hop', things: [things.ofText(`hop ${id}`)] }
  return { form: hops.isLocal(id, part) ? 'local hop' : `hop ${id}`, things: [] }
}
