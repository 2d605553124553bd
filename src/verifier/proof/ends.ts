// Where packets start and end: one address of every region of a machine's pods and of the networks behind it, the machine itself,
// and one address that is nobody's.
import {
  type Address,
  containsAddress,
  equalAddresses,
  nthAddress,
  type Prefix,
  parseAddress,
  prefixSize,
} from '../../model/index.ts'
import type { NetworkInput } from '../compiled-network.ts'
import { longestMatch, prefixTableOf } from '../prefix-table.ts'
import type { ProbeEnd } from '../trace.ts'
import type { FactBase } from './facts.ts'
import { type Fingerprint, mix } from './fingerprint.ts'
import type { Regions } from './regions.ts'
import { NOBODY, type Thing } from './things.ts'

export type End = {
  readonly probe: ProbeEnd
  readonly address: Address
  /** Of the region in which all addresses fare alike. */
  readonly prefix: Prefix
  /** The same for ends of two machines that stand for each other. */
  readonly role: Fingerprint
  /** A machine's address that is known in its private network alone. */
  readonly isNear?: true
}

/** Documentation's own (RFC 5737, RFC 3849); others where a network uses those. */
export const OUTSIDE = {
  4: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '9.9.9.9'].map(parseAddress),
  6: ['2001:db8::1', '2620:fe::fe'].map(parseAddress),
} as const

/** An address of each family that stands for all that no machine has; undefined where even the last one is somebody's. */
export function outsideAddresses({ facts, underlay }: NetworkInput): readonly Address[] {
  const known = [
    ...facts.hidden,
    ...[...facts.machines.values()].flatMap(({ podPrefixes }) => podPrefixes),
    ...[...underlay.hosts.values()].flatMap(({ behind = [] }) => behind),
    ...[...underlay.networks.values()].flatMap(({ prefixes }) => prefixes),
  ]
  const table = prefixTableOf(known)
  const publics = [...underlay.networks.values()].flatMap(({ uplink }) =>
    uplink?.nat.kind === 'one-to-one'
      ? uplink.nat.translations.map(({ outside }) => outside)
      : uplink?.nat.kind === 'masquerade'
        ? [...uplink.nat.outside, ...uplink.nat.forwards.map(({ outside }) => outside)]
        : [],
  )
  return ([4, 6] as const).flatMap((family) => {
    const free = OUTSIDE[family].find(
      (one) => longestMatch(table, one) === undefined && !publics.some((other) => equalAddresses(one, other)),
    )
    return free === undefined ? [] : [free]
  })
}

export function endsOf(
  input: NetworkInput,
  regions: Regions,
  { names, networkOf }: FactBase,
): readonly (readonly End[])[] {
  const states = new Map([...input.states].map((state) => [state.node, state]))
  const hidden = prefixTableOf(input.facts.hidden)
  return names.map((node, machine) => {
    const ends: End[] = []
    const host = input.underlay.hosts.get(node)
    const things = regions.things.within(networkOf[machine])
    const addHost = (address: Address, isNear: boolean): void => {
      if (ends.some((end) => end.probe.kind === 'host' && equalAddresses(end.address, address))) return
      const thing = things.ofAddress(address)
      const prefix = things.prefix(thing)
      if (prefix === undefined) return
      const role = mix(1, roleIn(regions, thing))
      ends.push({ probe: { kind: 'host', node, address }, address, prefix, role, ...(isNear && { isNear }) })
    }
    for (const family of [4, 6] as const) {
      const gateway = states.get(node)?.gatewayAddresses[family]
      if (gateway !== undefined) addHost(gateway, false)
    }
    for (const { address } of host?.addresses ?? []) addHost(address, longestMatch(hidden, address) === undefined)
    const isOwnHost = (address: Address): boolean =>
      ends.some((end) => end.probe.kind === 'host' && equalAddresses(end.address, address))
    const addRegions = (kind: 'pod' | 'behind', prefix: Prefix): void => {
      for (const { region, address } of regionsIn(regions, prefix)) {
        if (isOwnHost(address)) continue
        const thing = things.ofPrefix(region)
        // What stands in the middle of it and is somebody else's is an end of theirs.
        if (things.owner(thing) !== NOBODY && things.owner(thing) !== machine) continue
        const role = mix(kind === 'pod' ? 2 : 3, roleIn(regions, thing))
        ends.push({ probe: { kind, node, address }, address, prefix: region, role })
      }
    }
    for (const prefix of input.facts.machines.get(node)?.podPrefixes ?? []) addRegions('pod', prefix)
    for (const prefix of host?.behind ?? []) addRegions('behind', prefix)
    return ends
  })
}

/** What is nobody's stands for itself alone. */
const roleIn = ({ things }: Regions, thing: Thing): Fingerprint =>
  things.owner(thing) === NOBODY ? things.identity(thing) : things.role(thing)

/** The regions of a prefix, each with an address that no longer prefix holds. */
function regionsIn(
  { things, tree }: Regions,
  prefix: Prefix,
): readonly { readonly region: Prefix; readonly address: Address }[] {
  const first = tree.place.get(things.ofPrefix(prefix))
  if (first === undefined) return []
  const found: { readonly region: Prefix; readonly address: Address }[] = []
  for (let at = first; at < (tree.end[first] ?? 0); at++) {
    const region = things.prefix(tree.order[at] ?? -1)
    const address = region && addressIn(region, insideOf(things, tree, at))
    if (region !== undefined && address !== undefined) found.push({ region, address })
  }
  return found
}

function insideOf(things: Regions['things'], { order, end }: Regions['tree'], at: number): readonly Prefix[] {
  const inside: Prefix[] = []
  for (let next = at + 1; next < (end[at] ?? 0); next = end[next] ?? next + 1) {
    const prefix = things.prefix(order[next] ?? -1)
    if (prefix !== undefined) inside.push(prefix)
  }
  return inside
}

/** The ninth, or the next that is free: past each that is in the way. */
function addressIn(region: Prefix, inside: readonly Prefix[]): Address | undefined {
  const size = prefixSize(region)
  const start = size > 9n ? 9n : 0n
  let tried = start
  for (let round = 0; round <= inside.length; round++) {
    if (tried >= size) break
    const address = nthAddress(region, tried)
    const taken = inside.find((one) => containsAddress(one, address))
    if (taken === undefined) return address
    tried = indexIn(region, taken) + prefixSize(taken)
  }
  for (const lowest of [0n, 1n, 2n]) {
    if (lowest >= size) break
    const address = nthAddress(region, lowest)
    if (!inside.some((one) => containsAddress(one, address))) return address
  }
  return undefined
}

const wordsOf = ({ family, w0, w1, w2, w3 }: Address): bigint =>
  family === 4 ? word(w0) : (word(w0) << 96n) | (word(w1) << 64n) | (word(w2) << 32n) | word(w3)

const word = (signed: number): bigint => BigInt(signed >>> 0)

const indexIn = (region: Prefix, inner: Prefix): bigint => wordsOf(inner) - wordsOf(region)
