// The ends of a machine after a change, without a look at what all others have.
import { containsPrefix, equalPrefixes, type Prefix } from '../../model/index.ts'
import type { NetworkInput } from '../compiled-network.ts'
import { NO_FACTS } from '../machine-facts.ts'
import type { Affected } from './affected.ts'
import { claimOwn } from './claims.ts'
import { type End, endsOf } from './ends.ts'
import { addressesOfNetworks } from './network-addresses.ts'
import { placesIn } from './places.ts'
import type { ReadNetwork } from './prove.ts'
import { regionsOf } from './regions.ts'
import { createThings, NOBODY } from './things.ts'

/** By machine; undefined: of some prefix inside of theirs nobody can say whether anything still names it. */
export function changedEnds(
  { base, regions }: ReadNetwork,
  input: NetworkInput,
  { machines, come, gone }: Affected,
): ReadonlyMap<number, readonly End[]> | undefined {
  const isOfNetwork = addressesOfNetworks(input)
  const places = placesIn(regions)
  const states = [...input.states]
  const found = new Map<number, readonly End[]>()
  for (const machine of machines) {
    const state = states[machine]
    if (state === undefined) return undefined
    const { node } = state
    const network = base.networkOf[machine]
    const pods = input.facts.machines.get(node)?.podPrefixes ?? NO_FACTS.podPrefixes
    const owned = [...pods, ...(input.underlay.hosts.get(node)?.behind ?? [])]
    const isOwn = (prefix: Prefix): boolean => owned.some((one) => containsPrefix(one, prefix))
    const things = createThings(isOfNetwork)
    claimOwn(things, SELF, network, state, input)
    const own = things.count()
    const isKnown = (prefix: Prefix): boolean => {
      for (let thing = 0; thing < own; thing++) {
        const other = things.prefix(thing)
        if (other !== undefined && equalPrefixes(other, prefix)) return true
      }
      return come.some((one) => equalPrefixes(one, prefix))
    }
    if (gone.some((prefix) => isOwn(prefix) && !isKnown(prefix))) return undefined
    for (const prefix of come) if (isOwn(prefix)) things.within(network).ofPrefix(prefix)
    for (const prefix of owned) {
      const { start, end } = places.inside(prefix)
      for (let at = start; at < end; at++) {
        const old = regions.tree.order[at] ?? -1
        const thing = things.within(regions.things.networkOf(old)).ofPrefix(places.prefixAt(at))
        const owner = regions.things.owner(old)
        if (owner !== NOBODY && owner !== machine && things.owner(thing) === NOBODY) things.claim(thing, OTHER, 'other')
      }
    }
    const only = { ...base, things, units: [], names: [node], networks: [], networkOf: [network] }
    const [ends = []] = endsOf({ ...input, states: [state] }, regionsOf(only, []), only)
    found.set(machine, ends)
  }
  return found
}

/** Numbers in a network of one machine. */
const SELF = 0
const OTHER = 1
