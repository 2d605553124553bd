// Who has a hand in the packets of others: kinds of machines by which ways lead, sessions are opened, or that packets are sent to.
import { type Address, hostPrefix } from '../../model/index.ts'
import { addressKey } from '../address-key.ts'
import type { CompiledNetwork } from '../compiled-network.ts'
import type { Hop } from '../hop.ts'
import type { Trace } from '../trace.ts'
import type { FactBase } from './facts.ts'
import type { Kinds } from './kinds.ts'
import { placesIn } from './places.ts'
import type { Regions } from './regions.ts'
import { NOBODY } from './things.ts'

export type Carriers = {
  readonly kinds: ReadonlySet<number>
  /** To be called before and after each walk. */
  readonly begin: () => void
  readonly note: (trace: Trace, from: number, to: number | undefined) => void
}

export function carriersIn(network: CompiledNetwork, base: FactBase, regions: Regions, { kindOf }: Kinds): Carriers {
  const numbers = new Map(base.names.map((name, number) => [name, number]))
  const kinds = new Set<number>()
  const ownerOf = ownersByAddress(base, regions)
  return {
    kinds,
    begin: () => {
      network.visits.current = new Set()
    },
    note: ({ forth, back }, from, to) => {
      const take = (machine: number | undefined): void => {
        if (machine === undefined || machine === NOBODY || machine === from || machine === to) return
        const kind = kindOf[machine]
        if (kind !== undefined) kinds.add(kind)
      }
      for (const name of network.visits.current) take(numbers.get(name))
      for (const branch of [...forth, ...back])
        for (const hop of branch.hops) {
          const sender = numbers.get(hop.node) ?? -1
          for (const address of addressesOf(hop)) take(ownerOf(address, sender))
        }
    },
  }
}

/** Those by which the machine sent it. */
function addressesOf({ source, translatedTo, out, wraps }: Hop): readonly Address[] {
  const found = [source]
  if (translatedTo !== undefined) found.push(translatedTo)
  if (out?.via !== undefined) found.push(out.via)
  for (const { from, to } of wraps) {
    if (from !== undefined) found.push(from.address)
    found.push(to.address)
  }
  return found
}

function ownersByAddress(
  { networkOf }: FactBase,
  regions: Regions,
): (address: Address, machine: number) => number | undefined {
  const { things, tree } = regions
  const places = placesIn(regions)
  const known = new Map<number | undefined, Map<number | string, number | undefined>>()
  return (address, machine) => {
    const network = networkOf[machine]
    const key = addressKey(address)
    const owners = known.get(network) ?? new Map<number | string, number | undefined>()
    known.set(network, owners)
    if (owners.has(key)) return owners.get(key)
    const own = hostPrefix(address)
    const { start, end } = places.inside(own)
    const named = tree.order
      .slice(start, end)
      .find((thing) => things.networkOf(thing) === undefined || things.networkOf(thing) === network)
    const thing = named ?? tree.order[places.around(own)[0] ?? -1]
    const owner = thing === undefined ? undefined : things.owner(thing)
    owners.set(key, owner)
    return owner
  }
}
