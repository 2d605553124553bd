// One machine as its kernel would look things up: tables by longest prefix, rules in order, next hops by id, peers by allowed IP.
import {
  type Address,
  type Entry,
  type Family,
  type FilterTable,
  formatAddress,
  type InterfaceAddress,
  type Link,
  MAIN_TABLE,
  type NextHop,
  type NextHopGroup,
  type NodeState,
  POD_LINK_PREFIX,
  type PublicKey,
  parsePrefix,
  prefixOf,
  type Route,
  type Rule,
  type Sysctl,
  TABLE,
  type WireguardDevice,
  type WireguardPeer,
} from '../model/index.ts'
import { addressKey } from './address-key.ts'
import type { MachineFacts } from './machine-facts.ts'
import { partIndexOf } from './part-index.ts'
import { createPrefixTable, exactPrefix, type PrefixTable, setPrefix } from './prefix-table.ts'
import { setAllowedIps, setRoutes } from './shared-tables.ts'
import type { UnderlayHost, UnderlayNetwork } from './underlay.ts'

/** Where a table sends: an entry of the state, or what the machine has beside Damask. */
export type TableRoute =
  | { readonly kind: 'entry'; readonly route: Route }
  /** By the underlay's link: to whoever has the address there, to a next hop, or to the router (`default`). */
  | { readonly kind: 'underlay'; readonly via?: Address; readonly isToRouter: boolean }
  | { readonly kind: 'pods' }
  | { readonly kind: 'behind' }
  /** Another plugin brings it to a pod of this node. */
  | { readonly kind: 'other-plugin'; readonly node: string }

export type CompiledDevice = {
  readonly device: WireguardDevice
  readonly peers: ReadonlyMap<PublicKey, WireguardPeer>
  readonly allowed: PrefixTable<WireguardPeer>
}

export type CompiledNode = {
  readonly name: string
  readonly state: NodeState
  readonly host: UnderlayHost | undefined
  readonly facts: MachineFacts
  readonly links: ReadonlyMap<string, Link>
  /** Its own addresses, by key; those that Damask put there with their entries. */
  readonly addresses: Readonly<Record<Family, ReadonlyMap<number | string, InterfaceAddress | undefined>>>
  /** The links of the state that hold an address of the family. */
  readonly addressed: Readonly<Record<Family, ReadonlySet<string>>>
  readonly rules: Readonly<Record<Family, readonly Rule[]>>
  readonly tables: ReadonlyMap<number, PrefixTable<TableRoute>>
  readonly nextHops: ReadonlyMap<number, NextHop>
  readonly groups: ReadonlyMap<number, NextHopGroup>
  /** By link and address, by link and hardware address. */
  readonly neighbours: ReadonlyMap<string, Extract<Entry, { kind: 'neighbour' }>>
  readonly fdbEntries: ReadonlyMap<string, Extract<Entry, { kind: 'fdb' }>>
  readonly devices: ReadonlyMap<string, CompiledDevice>
  readonly filters: readonly FilterTable[]
  readonly sysctls: ReadonlyMap<string, Sysctl>
  /** Of the underlay's link. */
  readonly mtuBytes: Readonly<Record<Family, number>>
  readonly hasPodLinks: boolean
}

export const neighbourKeyOf = (link: string, address: Address): string => `${link} ${formatAddress(address)}`

const EVERYWHERE = { 4: parsePrefix('0.0.0.0/0'), 6: parsePrefix('::/0') } as const

export function compileNode(
  state: NodeState,
  facts: MachineFacts,
  host: UnderlayHost | undefined,
  network: UnderlayNetwork | undefined,
): CompiledNode {
  const links = new Map<string, Link>()
  const addresses = { 4: new Map(), 6: new Map() } as Record<Family, Map<number | string, InterfaceAddress | undefined>>
  const addressed = { 4: new Set<string>(), 6: new Set<string>() }
  const rules: Record<Family, Rule[]> = { 4: [], 6: [] }
  const tables = new Map<number, PrefixTable<TableRoute>>()
  const nextHops = new Map<number, NextHop>()
  const groups = new Map<number, NextHopGroup>()
  const neighbours = new Map<string, Extract<Entry, { kind: 'neighbour' }>>()
  const fdbEntries = new Map<string, Extract<Entry, { kind: 'fdb' }>>()
  const devices = new Map<string, CompiledDevice>()
  const filters: FilterTable[] = []
  const sysctls = new Map<string, Sysctl>()
  const tableNumbered = (number: number): PrefixTable<TableRoute> => {
    let table = tables.get(number)
    if (table === undefined) {
      table = createPrefixTable()
      tables.set(number, table)
    }
    return table
  }
  const deviceOn = (link: string): CompiledDevice | undefined => devices.get(link)
  const indexed = state.parts.map((part) => ({ part, index: partIndexOf(part) }))

  for (const { address } of host?.addresses ?? []) addresses[address.family].set(addressKey(address), undefined)
  for (const { part, index } of indexed) {
    for (const link of index.links) links.set(link.name, link)
    for (const entry of index.addresses) {
      // Every pod's link has fe80::1: no packet is led by it.
      if (entry.link.startsWith(POD_LINK_PREFIX)) continue
      addresses[entry.address.family].set(addressKey(entry.address), entry)
      addressed[entry.address.family].add(entry.link)
    }
    for (const rule of index.rules) rules[rule.family].push(rule)
    setRoutes(tableNumbered, part, index)
    for (const hop of index.nextHops) nextHops.set(hop.id, hop)
    for (const group of index.groups) groups.set(group.id, group)
    for (const one of index.neighbours) neighbours.set(neighbourKeyOf(one.link, one.address), one)
    for (const one of index.fdbEntries) fdbEntries.set(`${one.link} ${one.hardwareAddress}`, one)
    for (const device of index.devices)
      devices.set(device.link, { device, peers: new Map(), allowed: createPrefixTable() })
    filters.push(...index.filters)
    for (const setting of index.sysctls) sysctls.set(setting.key, setting)
  }
  for (const { index } of indexed)
    for (const peer of index.peers) {
      const compiled = deviceOn(peer.link)
      if (compiled === undefined) continue
      ;(compiled.peers as Map<PublicKey, WireguardPeer>).set(peer.publicKey, peer)
      setAllowedIps(compiled.allowed, peer)
    }
  for (const family of [4, 6] as const) rules[family].sort((a, b) => a.preference - b.preference)

  const hasPodLinks = [...links.values()].some(({ type }) => type.kind === 'veth')
  addMachineRoutes(tableNumbered, facts, host, network, hasPodLinks)
  const mtu4 = host?.mtuBytes ?? network?.mtuBytes ?? Number.POSITIVE_INFINITY
  const mtu6 = host?.ipv6MtuBytes ?? network?.ipv6MtuBytes ?? mtu4
  return {
    name: state.node,
    state,
    host,
    facts,
    links,
    addresses,
    addressed,
    rules,
    tables,
    nextHops,
    groups,
    neighbours,
    fdbEntries,
    devices,
    filters,
    sysctls,
    mtuBytes: { 4: mtu4, 6: mtu6 },
    hasPodLinks,
  }
}

// What the state itself says of a prefix stays: a machine has one route of a prefix in a table.
function addMachineRoutes(
  tableNumbered: (number: number) => PrefixTable<TableRoute>,
  { podPrefixes, carriedByOthers }: MachineFacts,
  host: UnderlayHost | undefined,
  network: UnderlayNetwork | undefined,
  hasPodLinks: boolean,
): void {
  const add = (number: number, to: Parameters<typeof setPrefix>[1], route: TableRoute): void => {
    const table = tableNumbered(number)
    if (exactPrefix(table, to) === undefined) setPrefix(table, to, route)
  }
  const isOthers = carriedByOthers.length > 0
  for (const prefix of hasPodLinks ? [] : podPrefixes) add(isOthers ? MAIN_TABLE : TABLE, prefix, { kind: 'pods' })
  for (const { prefix, node } of carriedByOthers) add(MAIN_TABLE, prefix, { kind: 'other-plugin', node })
  if (host === undefined) return
  for (const { address, length } of host.addresses)
    add(MAIN_TABLE, prefixOf(address, length), { kind: 'underlay', isToRouter: false })
  // The network's other subnets are its router's, however broad the default route or what is behind the machine.
  for (const prefix of network?.prefixes ?? [])
    if (host.defaultRoutes.includes(prefix.family)) add(MAIN_TABLE, prefix, { kind: 'underlay', isToRouter: true })
  for (const prefix of host.behind ?? []) add(MAIN_TABLE, prefix, { kind: 'behind' })
  for (const { to, via } of host.routes ?? [])
    add(MAIN_TABLE, to, { kind: 'underlay', isToRouter: via !== undefined, ...(via && { via }) })
  for (const family of host.defaultRoutes) add(MAIN_TABLE, EVERYWHERE[family], { kind: 'underlay', isToRouter: true })
}
