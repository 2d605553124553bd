// The underlay as the World alone lets one guess it: each site one private network, endpoints at its edge, nothing refused that could
// be let through. Who has no endpoint is behind a NAT that lets in answers only.
import {
  type Address,
  equalAddresses,
  formatAddress,
  formatPrefix,
  type Node,
  nthAddress,
  type Prefix,
  type PrivateAddress,
  parsePrefix,
  prefixOf,
  siteNames,
  type World,
} from '../model/index.ts'
import {
  ACCEPT_ALL,
  type Underlay,
  type UnderlayHost,
  type UnderlayNat,
  type UnderlayNetwork,
  type UnderlayPortForward,
} from './underlay.ts'

export type DerivedUnderlay = {
  readonly underlay: Underlay
  /** The addresses taken for endpoints that are names, for `Local.resolvedHosts` of the plans that are walked. */
  readonly resolvedHosts: Readonly<Record<string, readonly Address[]>>
}

/** Nobody's (RFC 1112 section 4): stand-ins for addresses that no document says. */
const STAND_INS = { hosts: parsePrefix('240.0.0.0/8'), names: parsePrefix('241.0.0.0/8') } as const
const DEFAULT_MTU_BYTES = 1500
/** A machine may listen at as many ports as a site may have gateways. */
const MOST_SLOTS = 16

/** `hosts`: addresses of names that are known; the others get stand-ins. */
export function deriveUnderlay(
  world: World,
  hosts: ReadonlyMap<string, readonly Address[]> = new Map(),
): DerivedUnderlay {
  const nodes = [...world.nodes.values()]
  const names = [
    ...new Set(nodes.flatMap(({ endpoint }) => (typeof endpoint?.host === 'string' ? [endpoint.host] : []))),
  ].sort()
  const resolvedHosts = Object.fromEntries(
    names.map((name, nth) => [name, hosts.get(name.replace(/\.$/, '')) ?? [nthAddress(STAND_INS.names, nth + 1)]]),
  )
  const siteOf = siteNames(world.network, nodes)
  const bySite = Map.groupBy(nodes, ({ name }) => siteOf.get(name) ?? name)
  const standIns = new Map(
    nodes.flatMap(({ name, privateAddresses }, nth) =>
      privateAddresses.length > 0 ? [] : [[name, nthAddress(STAND_INS.hosts, nth + 1)] as const],
    ),
  )
  const addressesOf = ({ name, privateAddresses }: Node): readonly PrivateAddress[] => {
    const standIn = standIns.get(name)
    return standIn === undefined ? privateAddresses : [{ address: standIn, length: 32 }]
  }
  const publicOf = ({ endpoint }: Node): readonly Address[] =>
    endpoint === undefined
      ? []
      : typeof endpoint.host === 'string'
        ? (resolvedHosts[endpoint.host] ?? [])
        : [endpoint.host]
  const networks = new Map<string, UnderlayNetwork>()
  const underlayHosts = new Map<string, UnderlayHost>()
  for (const [site, members] of bySite) {
    networks.set(site, networkOf(world, site, members, addressesOf, publicOf))
    const segments = segmentsOf(members, addressesOf)
    for (const node of members)
      underlayHosts.set(node.name, hostOf(world, site, node, segments.get(node.name) ?? site, addressesOf(node)))
  }
  const internet = { mtuBytes: DEFAULT_MTU_BYTES, families: [4, 6] as const }
  return { underlay: { hosts: underlayHosts, networks, internet }, resolvedHosts }
}

type AddressesOf = (node: Node) => readonly PrivateAddress[]
type PublicOf = (node: Node) => readonly Address[]

const mtuOf = ({ statuses }: World, { name }: Node): number => statuses.get(name)?.underlayMtuBytes ?? DEFAULT_MTU_BYTES

function hostOf(
  world: World,
  network: string,
  node: Node,
  segment: string,
  addresses: readonly PrivateAddress[],
): UnderlayHost {
  const ipv6MtuBytes = world.statuses.get(node.name)?.underlayIpv6MtuBytes
  return {
    node: node.name,
    network,
    segment,
    addresses,
    defaultRoutes: [...new Set(addresses.map(({ address }) => address.family))],
    behind: node.offeredPrefixes,
    mtuBytes: mtuOf(world, node),
    ...(ipv6MtuBytes !== undefined && { ipv6MtuBytes }),
  }
}

function networkOf(
  world: World,
  name: string,
  members: readonly Node[],
  addressesOf: AddressesOf,
  publicOf: PublicOf,
): UnderlayNetwork {
  const mtuBytes = Math.max(...members.map((node) => mtuOf(world, node)))
  return {
    name,
    prefixes: members.flatMap((node) => addressesOf(node).map(({ address, length }) => prefixOf(address, length))),
    mtuBytes,
    dropsIpv6Fragments: false,
    routesBetweenSegments: true,
    sourceCheck: false,
    uplink: {
      families: [4, 6],
      mtuBytes,
      nat: natOf(world, members, addressesOf, publicOf),
      fromInternet: ACCEPT_ALL,
      hairpins: true,
    },
    isAssumed: true,
  }
}

/** Addresses of single machines where each has its own; a shared one with ports where machines share it, or name their ports. */
function natOf(world: World, members: readonly Node[], addressesOf: AddressesOf, publicOf: PublicOf): UnderlayNat {
  const pairs = members.flatMap((node) =>
    publicOf(node).flatMap((outside) => {
      const own = addressesOf(node).map(({ address }) => address)
      const inside =
        own.find((one) => equalAddresses(one, outside)) ?? own.find(({ family }) => family === outside.family)
      return inside === undefined ? [] : [{ node, outside, inside }]
    }),
  )
  const outsides = pairs.map(({ outside }) => formatAddress(outside))
  const isShared =
    new Set(outsides).size < outsides.length || pairs.some(({ node }) => node.endpoint?.ports !== undefined)
  if (!isShared)
    return { kind: 'one-to-one', translations: pairs.map(({ node, ...rest }) => ({ node: node.name, ...rest })) }
  return {
    kind: 'masquerade',
    // Under which address those go out who have no endpoint, nobody said.
    outside: members.every(({ endpoint }) => endpoint !== undefined) ? pairs.map(({ outside }) => outside) : [],
    forwards: pairs.flatMap(({ node, outside, inside }) => forwardsOf(world, node, outside, inside)),
    isLetIn: true,
  }
}

function forwardsOf(world: World, { name, endpoint }: Node, outside: Address, inside: Address): UnderlayPortForward[] {
  if (endpoint === undefined) return []
  const { port, ports } = endpoint
  // Who lists ports listens where everybody does, and the NAT maps; who lists none listens where it is reached.
  const first = ports === undefined ? port : world.network.tunnel.port
  const own = Array.from({ length: MOST_SLOTS }, (_, nth) => ({
    outsidePort: ports?.[nth] ?? port + nth,
    insidePort: first + nth,
  }))
  return own.map((one) => ({ node: name, outside, inside, ...one }))
}

/** Machines that share a subnet of either family share a wire. */
function segmentsOf(members: readonly Node[], addressesOf: AddressesOf): ReadonlyMap<string, string> {
  const parents = new Map<string, string>()
  const root = (key: string): string => {
    const parent = parents.get(key)
    return parent === undefined || parent === key ? key : root(parent)
  }
  const subnetsOf = (node: Node): readonly Prefix[] =>
    addressesOf(node).map(({ address, length }) => prefixOf(address, length))
  for (const node of members) {
    const [first, ...rest] = subnetsOf(node).map(formatPrefix)
    for (const other of rest) if (first !== undefined) parents.set(root(other), root(first))
  }
  return new Map(members.map((node) => [node.name, root(subnetsOf(node).map(formatPrefix)[0] ?? node.name)]))
}
