// A machine's part of a network as one file for wg-quick, for machines that run no agent. Everything but WireGuard and its
// routes stands in PostUp lines; what those cannot say is refused (`wgQuickLack`).
import {
  comparePrefixes,
  containsAddress,
  containsPrefix,
  fabricWireguardLink,
  formatEndpoint,
  GUARD_TABLE,
  hostPrefix,
  mergePrefixes,
  type Node,
  overlaps,
  type Prefix,
  prefixOf,
  subtractPrefixes,
  type WireguardPeer,
} from '../model/index.ts'
import { ownAddresses, type WgQuickMachine, type WgQuickMachines } from './wg-quick-machine.ts'
import { formatWgQuick, type WgQuickPeer } from './wg-quick-text.ts'

/**
 * The text of the file; `machines` are those of the whole network, `nodes` the World's. Nobody plans anew when a machine comes
 * elsewhere, so who is no gateway sends its gateway all of the network's ranges that are not its own site's.
 */
export function renderWgQuick(
  machine: WgQuickMachine,
  machines: WgQuickMachines,
  nodes: ReadonlyMap<string, Node>,
): string {
  const addresses = ownAddresses(machine)
  const node = nodes.get(machine.node)
  const own = ownPrefixes(machine, node)
  const near = nearPrefixes(machine)
  const peers = machine.entries['wireguard-peer'].flatMap((peer) => {
    const far = machines.get(peer.publicKey)
    if (far === undefined) return []
    const allowedIps = machine.isGateway ? peer.allowedIps : acceptedByMember(machine, peer, far, [...near, ...own])
    return allowedIps.length === 0 ? [] : [{ ...quickPeer(peer, far, nodes.get(far.node)), allowedIps }]
  })
  const carried = peers.flatMap(({ allowedIps }) => allowedIps)
  const around = near.filter((prefix) => carried.some((other) => overlaps(prefix, other)))
  const subnets = (node?.privateAddresses ?? []).map(({ address, length }) => prefixOf(address, length))
  return formatWgQuick({
    node: machine.node,
    publicKey: machine.publicKey,
    listenPort: machine.listenPort,
    addresses,
    mtuBytes: Math.min(...machine.entries.link.map(({ mtuBytes }) => mtuBytes)),
    peers: peers.toSorted((a, b) => (a.node < b.node ? -1 : 1)),
    forwards: forwardedFamilies(machine, machines, node),
    around,
    guards: guardPrefixes(machine, carried, near, subnets),
  })
}

const networksBehind = (node: Node | undefined): readonly Prefix[] => [
  ...(node?.podPrefixes ?? []),
  ...(node?.offeredPrefixes ?? []),
]

/** Its addresses, and what is behind it. */
const ownPrefixes = (machine: WgQuickMachine, node: Node | undefined): readonly Prefix[] => [
  ...ownAddresses(machine).map(hostPrefix),
  ...(node?.privateAddresses ?? []).map(({ address }) => hostPrefix(address)),
  ...networksBehind(node),
]

/** What the private network brings, inside the ranges of the network: own subnets, fellows, endpoints. */
const nearPrefixes = ({ entries }: WgQuickMachine): readonly Prefix[] =>
  mergePrefixes(entries.route.filter(({ target }) => target.kind === 'throw').map(({ to }) => to))

const guardedRanges = ({ entries }: WgQuickMachine): readonly Prefix[] =>
  entries.route
    .filter(({ table, target }) => table === GUARD_TABLE && target.kind === 'unreachable')
    .map(({ to }) => to)

function acceptedByMember(
  machine: WgQuickMachine,
  peer: WireguardPeer,
  far: WgQuickMachine,
  here: readonly Prefix[],
): readonly Prefix[] {
  const planned = subtractPrefixes(peer.allowedIps, here)
  if (!far.isGateway) return planned
  const ofOthers = machine.entries['wireguard-peer'].flatMap((other) => (other === peer ? [] : other.allowedIps))
  return mergePrefixes([...planned, ...subtractPrefixes(guardedRanges(machine), [...here, ...ofOthers])])
}

function quickPeer(peer: WireguardPeer, far: WgQuickMachine, node: Node | undefined): Omit<WgQuickPeer, 'allowedIps'> {
  const { publicKey, keepaliveSeconds, link } = peer
  const endpoint = endpointText(peer, link === fabricWireguardLink(1) ? far.listenPort : undefined, node)
  return { node: far.node, publicKey, keepaliveSeconds, ...(endpoint !== undefined && { endpoint }) }
}

/** A name stays one: wg-quick asks for its address when the device comes up. */
function endpointText(
  { endpoint }: WireguardPeer,
  fabricPort: number | undefined,
  node: Node | undefined,
): string | undefined {
  if (endpoint !== undefined) return formatEndpoint({ ...endpoint, port: fabricPort ?? endpoint.port })
  const { host, port, ports } = node?.endpoint ?? {}
  return fabricPort === undefined && typeof host === 'string' ? `${host}:${ports?.[0] ?? port}` : undefined
}

/** Where a peer sends this machine what is not its own, or networks and pods are behind it. */
function forwardedFamilies(
  machine: WgQuickMachine,
  machines: WgQuickMachines,
  node: Node | undefined,
): readonly (4 | 6)[] {
  const own = ownPrefixes(machine, node)
  const sent = [...machines.values()].flatMap(({ entries }) =>
    entries['wireguard-peer'].flatMap(({ publicKey, allowedIps }) =>
      publicKey === machine.publicKey ? allowedIps : [],
    ),
  )
  const passing = sent.filter((prefix) => !own.some((one) => containsPrefix(one, prefix)))
  const families = new Set([...networksBehind(node), ...passing].map(({ family }) => family))
  return ([4, 6] as const).filter((family) => families.has(family))
}

/** Fail closed: what nobody has is refused, before it takes the default route. The host's own subnets are longer, and win. */
function guardPrefixes(
  machine: WgQuickMachine,
  carried: readonly Prefix[],
  near: readonly Prefix[],
  subnets: readonly Prefix[],
): readonly Prefix[] {
  const routed = near.filter((prefix) => !subnets.some((subnet) => containsAddress(subnet, prefix)))
  return subtractPrefixes(guardedRanges(machine), routed)
    .filter((range) => subtractPrefixes([range], [...carried, ...near]).length > 0)
    .toSorted(comparePrefixes)
}
