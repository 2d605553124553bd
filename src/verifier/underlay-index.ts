// The underlay by address: who is on a wire, who in a network, and where a public address leads.
import { type Address, formatAddress, type NodeState } from '../model/index.ts'
import { addressKey } from './address-key.ts'
import { partIndexOf } from './part-index.ts'
import type { Underlay, UnderlayHost, UnderlayNetwork, UnderlayPortForward } from './underlay.ts'

export type UnderlayIndex = {
  readonly underlay: Underlay
  /** Node names by address, for each wire (`network/segment`) and each network. */
  readonly wires: ReadonlyMap<string, ReadonlyMap<number | string, string>>
  readonly members: ReadonlyMap<string, ReadonlyMap<number | string, string>>
  readonly publicAddresses: ReadonlyMap<number | string, PublicPlace>
  /** `203.0.113.9 51820` */
  readonly forwards: ReadonlyMap<string, UnderlayPortForward>
}

/** What stands behind a public address: one machine, or the NAT of a network (`machine` left out). */
export type PublicPlace = {
  readonly network: string
  readonly machine?: { readonly node: string; readonly inside: Address }
}

export const wireOf = ({ network, segment }: Pick<UnderlayHost, 'network' | 'segment'>): string =>
  `${network}/${segment}`
export const forwardKey = (address: Address, port: number): string => `${formatAddress(address)} ${port}`

/** The states say which addresses Damask itself puts on the underlay's links. */
export function indexUnderlay(underlay: Underlay, states: Iterable<NodeState>): UnderlayIndex {
  const wires = new Map<string, Map<number | string, string>>()
  const members = new Map<string, Map<number | string, string>>()
  const publicAddresses = new Map<number | string, PublicPlace>()
  const forwards = new Map<string, UnderlayPortForward>()
  const put = (maps: Map<string, Map<number | string, string>>, name: string, address: Address, node: string): void => {
    const map = maps.get(name) ?? new Map<number | string, string>()
    maps.set(name, map)
    const key = addressKey(address)
    if (!map.has(key)) map.set(key, node)
  }
  for (const host of underlay.hosts.values())
    for (const { address } of host.addresses) {
      put(wires, wireOf(host), address, host.node)
      put(members, host.network, address, host.node)
      if (underlay.networks.get(host.network)?.uplink?.nat.kind === 'none')
        publicAddresses.set(addressKey(address), {
          network: host.network,
          machine: { node: host.node, inside: address },
        })
    }
  for (const state of states) {
    const host = underlay.hosts.get(state.node)
    if (host === undefined) continue
    for (const address of addressesBeside(state)) put(wires, wireOf(host), address, state.node)
  }
  for (const network of underlay.networks.values()) addPublic(network, publicAddresses, forwards)
  return { underlay, wires, members, publicAddresses, forwards }
}

function addressesBeside({ parts }: NodeState): readonly Address[] {
  const indexes = parts.map(partIndexOf)
  const found = indexes.flatMap(({ addresses }) => addresses)
  const links = new Set(indexes.flatMap((index) => index.links.map(({ name }) => name)))
  return found.flatMap(({ link, address }) => (links.has(link) ? [] : [address]))
}

function addPublic(
  { name, uplink }: UnderlayNetwork,
  publicAddresses: Map<number | string, PublicPlace>,
  forwards: Map<string, UnderlayPortForward>,
): void {
  if (uplink?.nat.kind === 'one-to-one')
    for (const { node, outside, inside } of uplink.nat.translations)
      publicAddresses.set(addressKey(outside), { network: name, machine: { node, inside } })
  if (uplink?.nat.kind !== 'masquerade') return
  for (const outside of uplink.nat.outside) publicAddresses.set(addressKey(outside), { network: name })
  for (const forward of uplink.nat.forwards) {
    publicAddresses.set(addressKey(forward.outside), { network: name })
    forwards.set(forwardKey(forward.outside, forward.outsidePort), forward)
  }
}
