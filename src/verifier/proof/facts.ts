// What the states, the underlay and the machines' surroundings say, cut into facts so small that each names few machines. What many
// nodes hold in common is one unit, and is read once.
import { type Entry, MAIN_TABLE, type NodeState, type Prefix, parsePrefix, TABLE } from '../../model/index.ts'
import type { NetworkInput } from '../compiled-network.ts'
import { NO_FACTS } from '../machine-facts.ts'
import { partIndexOf } from '../part-index.ts'
import { claimNeighbours, claimOwn } from './claims.ts'
import { factsOfEntry } from './entry-facts.ts'
import { constant, type Fact, keyed, member } from './fact.ts'
import { type Fingerprint, fingerprintOf, mix } from './fingerprint.ts'
import { type HopNames, hopNames } from './hop-names.ts'
import { addressesOfNetworks } from './network-addresses.ts'
import { createThings, type Things } from './things.ts'
import { factsOfHost, factsOfUnderlay, gatewayFacts, wireName } from './underlay-facts.ts'

export type Unit = {
  readonly holders: number[]
  /** Where all its holders stand; undefined: nowhere, or not in one. */
  readonly network: number | undefined
  readonly facts: readonly Fact[]
  readonly hasPeers: boolean
}

export type FactBase = {
  readonly things: Things
  /** Names of machines; everywhere else they are numbers in this order. */
  readonly names: readonly string[]
  /** Private networks, in the order of their numbers, which follow those of the machines. */
  readonly networks: readonly string[]
  /** Of each machine its network's number. None: it stands nowhere. */
  readonly networkOf: readonly (number | undefined)[]
  readonly units: readonly Unit[]
  readonly hopName: HopNames
  /** By rules of any machine: of prefixes up to this length it counts how long they are. -1: of none. */
  readonly longestSuppressed: number
}

export function factsOfNetwork(input: NetworkInput): FactBase {
  const isOfNetwork = addressesOfNetworks(input)
  const things = createThings(isOfNetwork)
  const states = [...input.states]
  const names = states.map(({ node }) => node)
  const networkNames = [...input.underlay.networks.keys()]
  const networkNumbers = new Map(networkNames.map((name, nth) => [name, names.length + nth]))
  for (const [name, number] of networkNumbers) things.claim(things.ofText(`network ${name}`), number, 'network')
  const networkOf = names.map((name) => networkNumbers.get(input.underlay.hosts.get(name)?.network ?? ''))
  const wires = new Map<number, string[]>()
  for (const host of input.underlay.hosts.values()) {
    const number = networkNumbers.get(host.network)
    if (number === undefined) continue
    const own = wires.get(number) ?? []
    wires.set(number, own)
    if (!own.includes(host.segment)) own.push(host.segment)
    things.claim(things.ofText(wireName(host)), number, `wire ${own.indexOf(host.segment)}`)
  }
  for (const [number, state] of states.entries()) claimOwn(things, number, networkOf[number], state, input)
  const networkOfPart = networksOfParts(states, networkOf)
  claimNeighbours(things, networkOfPart)
  const hopName = hopNames(things, states, networkOfPart)
  const units = new Map<object, Unit>()
  let longestSuppressed = -1
  /** `network`: of all that ever hold it. */
  const hold = (
    key: object,
    number: number,
    network: number | undefined,
    make: (things: Things) => readonly Fact[],
    hasPeers = false,
  ): void => {
    const unit = units.get(key)
    if (unit !== undefined) {
      if (unit.holders.at(-1) !== number) unit.holders.push(number)
    } else units.set(key, { holders: [number], network, facts: make(things.within(network)), hasPeers })
  }
  const setKeys = new Map<string, object>()
  const setKey = (elements: readonly Prefix[], name: string, network: number | undefined): object => {
    const text = `${name} ${network} ${elements.length} ${contentOf(elements)}`
    const key = setKeys.get(text) ?? {}
    setKeys.set(text, key)
    return key
  }
  const { hosts, networks } = input.underlay
  for (const [number, state] of states.entries()) {
    const own = networkOf[number]
    for (const part of state.parts) {
      const { peers, filters, rules } = partIndexOf(part)
      for (const { suppressPrefixLength = -1 } of rules)
        longestSuppressed = Math.max(longestSuppressed, suppressPrefixLength)
      const network = networkOfPart.get(part)
      const make = (seen: Things) => part.flatMap((entry) => factsOfEntry(seen, hopName, part, entry))
      hold(part, number, network, make, peers.length > 0)
      for (const table of filters)
        for (const { name, elements } of table.sets) {
          const place = elements.some(isOfNetwork) ? own : undefined
          hold(setKey(elements, `${table.name} ${name}`, place), number, place, (seen) =>
            elements.map((prefix) => ({
              form: fingerprintOf(`element ${table.name} ${name}`),
              things: [],
              prefix: seen.ofPrefix(prefix),
            })),
          )
        }
    }
    const { podPrefixes, carriedByOthers } = input.facts.machines.get(state.node) ?? NO_FACTS
    const host = hosts.get(state.node)
    hold(state, number, own, (seen) => [
      ...podPrefixes.map((prefix) => keyed(seen, 'pods', TABLE, prefix)),
      ...gatewayFacts(seen, state),
      ...(host ? factsOfHost(seen, host) : [constant('nowhere')]),
    ])
    hold(carriedByOthers, number, undefined, (seen) =>
      carriedByOthers.map(({ prefix, node }) => ({
        ...keyed(seen, 'carried by another plugin', MAIN_TABLE, prefix),
        things: [seen.ofText(`node ${node}`)],
      })),
    )
    hold(input.facts.hidden, number, undefined, (seen) => [
      ...input.facts.hidden.map((prefix) => member(seen, 'hidden', prefix)),
      ...LINK_LOCAL.map((prefix) => member(seen, 'link-local', prefix)),
    ])
    const network = host && networks.get(host.network)
    if (network !== undefined) hold(network, number, own, (seen) => factsOfUnderlay(seen, network))
  }
  return { things, names, networks: networkNames, networkOf, units: [...units.values()], hopName, longestSuppressed }
}

/** Of parts that machines of one network hold, that network. */
function networksOfParts(
  states: readonly NodeState[],
  networkOf: readonly (number | undefined)[],
): ReadonlyMap<readonly Entry[], number | undefined> {
  const found = new Map<readonly Entry[], number | undefined>()
  for (const [number, { parts }] of states.entries())
    for (const part of parts)
      if (!found.has(part)) found.set(part, networkOf[number])
      else if (found.get(part) !== networkOf[number]) found.set(part, undefined)
  return found
}

const contents = new WeakMap<readonly Prefix[], Fingerprint>()

/** Many nodes have equal sets, each a list of its own. */
function contentOf(elements: readonly Prefix[]): Fingerprint {
  const known = contents.get(elements)
  if (known !== undefined) return known
  let whole = 0
  for (const { family, w0, w1, w2, w3, length } of elements) {
    whole = mix(whole, w0 * 1024 + length * 2 + (family === 4 ? 0 : 1))
    if (family === 6) whole = mix(mix(mix(whole, w1), w2), w3)
  }
  contents.set(elements, whole)
  return whole
}

/** No router carries them. */
const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'].map(parsePrefix)
