// Who has a hand in the packets of others: kinds of machines by which ways lead, sessions are opened, or that packets are sent to.
import { type Address, hostPrefix } from '../../model/index.ts'
import { addressKey } from '../address-key.ts'
import type { CompiledNetwork } from '../compiled-network.ts'
import type { Branch } from '../hop.ts'
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
        for (const [address, node] of addressesOf(branch)) take(ownerOf(address, numbers.get(node) ?? -1))
    },
  }
}

/** Those by which it was sent, with the machine that sent it so. */
function* addressesOf({ hops }: Branch): Generator<readonly [Address, string]> {
  for (const { node, source, translatedTo, out, wraps } of hops) {
    yield [source, node]
    if (translatedTo !== undefined) yield [translatedTo, node]
    if (out?.via !== undefined) yield [out.via, node]
    for (const { from, to } of wraps) {
      if (from !== undefined) yield [from.address, node]
      yield [to.address, node]
    }
  }
}

function ownersByAddress(
  { networkOf }: FactBase,
  regions: Regions,
): (address: Address, machine: number) => number | undefined {
  const { things, tree } = regions
  const places = placesIn(regions)
  const known = new Map<string, number | undefined>()
  return (address, machine) => {
    const network = networkOf[machine]
    const key = `${addressKey(address)} ${network}`
    if (known.has(key)) return known.get(key)
    const own = hostPrefix(address)
    const { start, end } = places.inside(own)
    const named = tree.order
      .slice(start, end)
      .find((thing) => things.networkOf(thing) === undefined || things.networkOf(thing) === network)
    const thing = named ?? tree.order[places.around(own)[0] ?? -1]
    const owner = thing === undefined ? undefined : things.owner(thing)
    known.set(key, owner)
    return owner
  }
}
