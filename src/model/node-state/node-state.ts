// The one shape: what a network namespace holds of ours. A plan, a running kernel and a golden file are all of it.
import type { Address, Family } from '../address.ts'
import { type FdbEntry, fdbEntryKey } from './fdb-entry.ts'
import { type FilterTable, filterTableKey } from './filter-table.ts'
import { type InterfaceAddress, interfaceAddressKey } from './interface-address.ts'
import { type Link, linkKey } from './link.ts'
import { type Neighbour, neighbourKey } from './neighbour.ts'
import { type NextHop, nextHopKey } from './next-hop.ts'
import { type NextHopGroup, nextHopGroupKey } from './next-hop-group.ts'
import { type Route, routeKey } from './route.ts'
import { type Rule, ruleKey } from './rule.ts'
import { type Sysctl, sysctlKey } from './sysctl.ts'
import { type WireguardDevice, wireguardDeviceKey } from './wireguard-device.ts'
import { type WireguardPeer, wireguardPeerKey } from './wireguard-peer.ts'

export type Entry =
  | Sysctl
  | Link
  | InterfaceAddress
  | Rule
  | FilterTable
  | WireguardDevice
  | WireguardPeer
  | Neighbour
  | FdbEntry
  | NextHop
  | NextHopGroup
  | Route

/**
 * `parts` are frozen lists of entries; what the members of a site have in common is one list that all their NodeStates
 * hold, or thousands of nodes would not fit. Read them through `entriesOf`.
 */
export type NodeState = {
  readonly node: string
  /** The address by which the node speaks into the network, one a family. */
  readonly gatewayAddresses: { readonly [family in Family]?: Address }
  readonly parts: readonly (readonly Entry[])[]
}

/** All entries, with the node's own gateway address where a shared route only says `'gateway-address'`. */
export function* entriesOf(state: NodeState): Generator<Entry> {
  for (const part of state.parts) for (const entry of part) yield resolveSource(entry, state)
}

function resolveSource(entry: Entry, { gatewayAddresses }: NodeState): Entry {
  if (entry.kind !== 'route' || entry.source !== 'gateway-address') return entry
  const { source: _, ...route } = entry
  const address = gatewayAddresses[entry.to.family]
  return address === undefined ? route : { ...route, source: address }
}

/** What tells one entry of a NodeState from every other: two entries of one key are the same thing with another value. */
export function keyOf(entry: Entry): string {
  switch (entry.kind) {
    case 'sysctl':
      return sysctlKey(entry)
    case 'link':
      return linkKey(entry)
    case 'address':
      return interfaceAddressKey(entry)
    case 'rule':
      return ruleKey(entry)
    case 'filter-table':
      return filterTableKey(entry)
    case 'wireguard-device':
      return wireguardDeviceKey(entry)
    case 'wireguard-peer':
      return wireguardPeerKey(entry)
    case 'neighbour':
      return neighbourKey(entry)
    case 'fdb':
      return fdbEntryKey(entry)
    case 'next-hop':
      return nextHopKey(entry)
    case 'next-hop-group':
      return nextHopGroupKey(entry)
    case 'route':
      return routeKey(entry)
  }
}

/** Of the settings in it, as often as they stand there. */
export function sysctlKeysOf({ parts }: NodeState): readonly string[] {
  const keys: string[] = []
  for (const part of parts) for (const entry of part) if (entry.kind === 'sysctl') keys.push(entry.key)
  return keys
}
