// NodeStates as a packet meets them: tables by longest prefix, next hops by id, peers by allowed IPs. It shares no code with the
// planner.
import {
  type Address,
  containsAddress,
  type Entry,
  entriesOf,
  type FilterTable,
  formatAddress,
  type Node,
  type NodeState,
  type Route,
  type WireguardPeer,
  type World,
} from '../../src/model/index.ts'

/** What plans say for the link of the private network. */
export const NIC = '$NIC'

export type Machine = {
  readonly node: Node
  readonly site: string
  /** Another plugin carries the pods of its site. */
  readonly isForeignFabric: boolean
  /** All that its private network sees are the machines' own addresses. */
  readonly isWrapped: boolean
  readonly publicKey: string | undefined
  readonly state: NodeState
  readonly entries: readonly Entry[]
  /** Longest prefix first, by table. */
  readonly routes: ReadonlyMap<number, readonly Route[]>
  readonly peers: readonly WireguardPeer[]
  readonly filter: FilterTable | undefined
}
export type Picture = ReadonlyMap<string, Machine>

export function pictureOf(world: World, states: ReadonlyMap<string, NodeState>): Picture {
  return new Map(
    [...states].flatMap(([name, state]) => {
      const node = world.nodes.get(name)
      return node === undefined ? [] : [[name, machineOf(world, node, state)] as const]
    }),
  )
}

function machineOf(world: World, node: Node, state: NodeState): Machine {
  const entries = [...entriesOf(state)]
  const routes = new Map<number, Route[]>()
  for (const entry of entries)
    if (entry.kind === 'route') routes.set(entry.table, [...(routes.get(entry.table) ?? []), entry])
  for (const list of routes.values()) list.sort((a, b) => b.to.length - a.to.length)
  const site = node.site ?? node.name
  const { kind, encapsulate } = world.sites.get(site)?.fabric ?? world.network.fabric
  return {
    node,
    site,
    isForeignFabric: kind === 'none',
    isWrapped: encapsulate === 'always' && kind !== 'direct' && kind !== 'none',
    publicKey: world.statuses.get(node.name)?.publicKey,
    state,
    entries,
    routes,
    peers: entries.filter((entry): entry is WireguardPeer => entry.kind === 'wireguard-peer'),
    filter: entries.find((entry): entry is FilterTable => entry.kind === 'filter-table'),
  }
}

export const lookup = ({ routes }: Machine, table: number, address: Address): Route | undefined =>
  routes.get(table)?.find(({ to }) => containsAddress(to, address))

/** The peer of a device whose allowed IPs hold the address, the longest first. */
export function peerFor({ peers }: Machine, link: string, address: Address): WireguardPeer | undefined {
  let best: { readonly peer: WireguardPeer; readonly length: number } | undefined
  for (const peer of peers)
    if (peer.link === link)
      for (const prefix of peer.allowedIps)
        if (containsAddress(prefix, address) && (best === undefined || prefix.length > best.length))
          best = { peer, length: prefix.length }
  return best?.peer
}

/** Addresses of the machine itself, as text. */
export const ownAddresses = ({ node, entries }: Machine): ReadonlySet<string> =>
  new Set([
    ...node.privateAddresses.map(({ address }) => formatAddress(address)),
    ...entries.flatMap((entry) => (entry.kind === 'address' ? [formatAddress(entry.address)] : [])),
  ])
