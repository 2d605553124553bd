// The entries of one part of a NodeState, sorted by kind. Parts are frozen and shared between thousands of nodes, so each is
// sorted once.
import type {
  Entry,
  FdbEntry,
  FilterTable,
  InterfaceAddress,
  Link,
  Neighbour,
  NextHop,
  NextHopGroup,
  Route,
  Rule,
  Sysctl,
  WireguardDevice,
  WireguardPeer,
} from '../model/index.ts'

export type PartIndex = {
  readonly links: readonly Link[]
  readonly addresses: readonly InterfaceAddress[]
  readonly rules: readonly Rule[]
  readonly routes: readonly Route[]
  readonly nextHops: readonly NextHop[]
  readonly groups: readonly NextHopGroup[]
  readonly neighbours: readonly Neighbour[]
  readonly fdbEntries: readonly FdbEntry[]
  readonly devices: readonly WireguardDevice[]
  readonly peers: readonly WireguardPeer[]
  readonly filters: readonly FilterTable[]
  readonly sysctls: readonly Sysctl[]
}

const indexes = new WeakMap<readonly Entry[], PartIndex>()

export function partIndexOf(part: readonly Entry[]): PartIndex {
  let index = indexes.get(part)
  if (index === undefined) {
    index = sortOut(part)
    indexes.set(part, index)
  }
  return index
}

const sortOut = (part: readonly Entry[]): PartIndex => ({
  links: ofKind(part, 'link'),
  addresses: ofKind(part, 'address'),
  rules: ofKind(part, 'rule'),
  routes: ofKind(part, 'route'),
  nextHops: ofKind(part, 'next-hop'),
  groups: ofKind(part, 'next-hop-group'),
  neighbours: ofKind(part, 'neighbour'),
  fdbEntries: ofKind(part, 'fdb'),
  devices: ofKind(part, 'wireguard-device'),
  peers: ofKind(part, 'wireguard-peer'),
  filters: ofKind(part, 'filter-table'),
  sysctls: ofKind(part, 'sysctl'),
})

const NONE: readonly never[] = []

function ofKind<Kind extends Entry['kind']>(
  part: readonly Entry[],
  kind: Kind,
): readonly Extract<Entry, { kind: Kind }>[] {
  const found = part.filter((entry): entry is Extract<Entry, { kind: Kind }> => entry.kind === kind)
  return found.length === 0 ? NONE : found
}
