// Next hops by what they lead to: their numbers are names of a machine's own.
import { type Entry, equalAddresses, type NextHop, type NextHopGroup, type NodeState } from '../../model/index.ts'
import { partIndexOf } from '../part-index.ts'
import type { Thing, Things } from './things.ts'

/** How facts name a next hop: as a thing, or in their form. */
export type HopName = { readonly form: string; readonly things: readonly Thing[] }
/** `part`: whose entries name it. */
export type HopNames = (part: Part, id: number) => HopName

type Part = readonly Entry[]
/** What a number means to all machines that hold a part; `unlike`: not the same to each, or nothing. */
type Meaning = NextHop | NextHopGroup | 'unlike'

/**
 * A next hop by an address is called by that address, and is as much a machine's own as the address is; one that a part both makes
 * and uses has no name outside of it. All others, and all of a number that does not mean one thing on each machine, keep their numbers.
 */
export function hopNames(
  things: Things,
  states: readonly NodeState[],
  networkOfPart: ReadonlyMap<Part, number | undefined>,
): HopNames {
  const meanings = meaningsOf(states)
  const numbered = new Set<number>()
  const inside = insideOf(meanings)
  for (const byId of meanings.values()) for (const [id, meaning] of byId) if (!isByAddress(meaning)) numbered.add(id)
  const names = new Map<Part, ReadonlyMap<number, HopName>>()
  for (const [part, byId] of meanings) {
    const own = new Map<number, HopName>()
    names.set(part, own)
    let locals = 0
    for (const [id, meaning] of byId)
      if (isByAddress(meaning) && !numbered.has(id))
        own.set(id, nameByAddress(things.within(networkOfPart.get(part)), meaning))
      else if (meaning !== 'unlike' && inside.has(id)) own.set(id, { form: `local hop ${locals++}`, things: [] })
  }
  return (part, id) => names.get(part)?.get(id) ?? { form: `hop ${id}`, things: [] }
}

type ByAddress = NextHop & Required<Pick<NextHop, 'via'>>
const isByAddress = (meaning: Meaning): meaning is ByAddress =>
  meaning !== 'unlike' && meaning.kind === 'next-hop' && meaning.via !== undefined

const nameByAddress = (things: Things, { link, via }: ByAddress): HopName => ({
  form: `hop on ${link}`,
  things: [things.ofAddress(via)],
})

function meaningsOf(states: readonly NodeState[]): ReadonlyMap<Part, ReadonlyMap<number, Meaning>> {
  const meanings = new Map<Part, Map<number, Meaning>>()
  for (const { parts } of states) {
    const own = new Map<number, Meaning>()
    for (const part of parts)
      for (const hop of [...partIndexOf(part).nextHops, ...partIndexOf(part).groups])
        own.set(hop.id, own.has(hop.id) ? 'unlike' : hop)
    for (const part of parts) {
      const ids = idsOf(part)
      if (ids.length === 0) continue
      const known = meanings.get(part)
      if (known === undefined) meanings.set(part, new Map(ids.map((id) => [id, own.get(id) ?? 'unlike'])))
      else for (const id of ids) if (!isAlike(known.get(id), own.get(id))) known.set(id, 'unlike')
    }
  }
  return meanings
}

const isAlike = (a: Meaning | undefined, b: Meaning | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    isByAddress(a) &&
    isByAddress(b) &&
    a.link === b.link &&
    equalAddresses(a.via, b.via))

const ids = new WeakMap<Part, readonly number[]>()

/** Those that it makes, then those that it uses. */
function idsOf(part: Part): readonly number[] {
  const known = ids.get(part)
  if (known !== undefined) return known
  const { nextHops, groups, routes } = partIndexOf(part)
  const found = new Set([...nextHops, ...groups].map(({ id }) => id))
  for (const { members } of groups) for (const id of members) found.add(id)
  for (const { target } of routes) if (target.kind === 'next-hop-object') found.add(target.id)
  const list = [...found]
  ids.set(part, list)
  return list
}

/** Numbers of which every part that names them says what they mean. */
function insideOf(meanings: ReadonlyMap<Part, ReadonlyMap<number, Meaning>>): ReadonlySet<number> {
  const [inside, used] = [new Set<number>(), new Set<number>()]
  for (const part of meanings.keys()) {
    const { nextHops, groups } = partIndexOf(part)
    const made = new Set([...nextHops, ...groups].map(({ id }) => id))
    for (const id of idsOf(part)) (made.has(id) ? inside : used).add(id)
  }
  return new Set([...inside].filter((id) => !used.has(id)))
}
