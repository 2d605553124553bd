// What the underlay does with a packet that a machine hands to it: the wire, the network's router, NAT, the internet, and in again.
import { type Address, containsAddress, equalAddresses, parseAddress, prefixOf } from '../model/index.ts'
import { addressKey } from './address-key.ts'
import { refusal } from './firewall.ts'
import type { Packet } from './packet.ts'
import type { Underlay, UnderlayHost, UnderlayNetwork, Uplink } from './underlay.ts'
import { forwardKey, type UnderlayIndex, wireOf } from './underlay-index.ts'

export type Carried = { readonly way: CrossedWay } & (
  | { readonly kind: 'arrived'; readonly node: string; readonly packet: Packet }
  /** Where no machine of ours is: on the internet, or in the network. */
  | { readonly kind: 'left'; readonly to: 'internet' | 'network'; readonly packet: Packet }
  | {
      readonly kind: 'lost'
      readonly reason: string
      /** Only for want of state: it would have come to this node as an answer. */
      readonly stoppedAtState?: { readonly node: string; readonly packet: Packet }
    }
)

export type CrossedWay = {
  readonly kind: 'private' | 'public'
  readonly networks: readonly string[]
  readonly mtuBytes: number
  /** Of the receiver's own wire, where that is narrower than its network's: nobody splits there, so what is larger is lost. */
  readonly lastWireMtuBytes?: number
  /** What is split on the way does not arrive. */
  readonly losesFragments: boolean
}

/** Whom a network's shared NAT shows where nobody said which address it has (RFC 7600; RFC 6666). */
const NOBODY = { 4: parseAddress('192.0.0.8'), 6: parseAddress('100::') } as const
const LINK_LOCAL = { 4: prefixOf(parseAddress('169.254.0.0'), 16), 6: prefixOf(parseAddress('fe80::'), 10) } as const

type Carrying = {
  readonly index: UnderlayIndex
  readonly from: UnderlayHost
  readonly network: UnderlayNetwork
  readonly packet: Packet
}

/** `via`: the next hop of the route. `isToRouter`: the network's own router is it. */
export function carry(
  index: UnderlayIndex,
  node: string,
  packet: Packet,
  { via, isToRouter }: { readonly via?: Address; readonly isToRouter: boolean },
): Carried {
  const from = index.underlay.hosts.get(node)
  const network = from && index.underlay.networks.get(from.network)
  if (from === undefined || network === undefined)
    return lost(
      { kind: 'private', networks: [], mtuBytes: 0, losesFragments: false },
      `nobody knows in which network ${node} stands`,
    )
  const carrying: Carrying = { index, from, network, packet }
  const inside = wayInside(carrying)
  if (network.sourceCheck && !isOwn(from, packet.source))
    return lost(inside, `the source check of ${network.name} drops what does not come from ${node}'s own address`)
  const near = index.wires.get(wireOf(from))?.get(addressKey(via ?? packet.destination))
  if (near !== undefined) return hand(carrying, near, inside, packet)
  if (via !== undefined && !isToRouter) return lost(inside, `nobody on the wire of ${node} has the next hop's address`)
  if (!isToRouter) return { kind: 'left', to: 'network', packet, way: inside }
  return route(carrying, inside)
}

const lost = (way: CrossedWay, reason: string): Carried => ({ kind: 'lost', reason, way })

/** Its own address, or one that never leaves the wire. */
const isOwn = ({ addresses }: UnderlayHost, address: Address): boolean =>
  addresses.some((own) => equalAddresses(own.address, address)) || containsAddress(LINK_LOCAL[address.family], address)

const mtuOf = (
  { mtuBytes, ipv6MtuBytes }: Pick<UnderlayNetwork, 'mtuBytes' | 'ipv6MtuBytes'>,
  { family }: Packet,
): number => (family === 6 ? (ipv6MtuBytes ?? mtuBytes) : mtuBytes)

const wayInside = ({ network, packet }: Carrying): CrossedWay => ({
  kind: 'private',
  networks: [network.name],
  mtuBytes: mtuOf(network, packet),
  losesFragments: packet.family === 6 && network.dropsIpv6Fragments,
})

/** To a machine of the same network. */
function hand({ index, network }: Carrying, node: string, way: CrossedWay, packet: Packet): Carried {
  const reason = refusal(network.inside, packet, `a filter inside ${network.name}`)
  if (reason !== undefined) return { ...lost(way, reason), stoppedAtState: { node, packet } } as Carried
  return enter(index.underlay, network, node, way, packet)
}

/** The last step, to the machine's port. */
function enter(underlay: Underlay, network: UnderlayNetwork, node: string, way: CrossedWay, packet: Packet): Carried {
  const host = underlay.hosts.get(node)
  if (host === undefined) return lost(way, `nobody knows in which network ${node} stands`)
  if (network.sourceCheck && !isOwn(host, packet.destination))
    return lost(way, `the destination check of ${network.name} drops what is not for ${node}'s own address`)
  const lastWireMtuBytes = mtuOf({ mtuBytes: mtuOf(network, packet), ...host }, packet)
  const isNarrow = lastWireMtuBytes < mtuOf(network, packet)
  return { kind: 'arrived', node, packet, way: { ...way, ...(isNarrow && { lastWireMtuBytes }) } }
}

function route(carrying: Carrying, inside: CrossedWay): Carried {
  const { index, from, network, packet } = carrying
  const { destination } = packet
  if (containsAddress(LINK_LOCAL[packet.family], destination))
    return lost(inside, 'a router carries no link-local address')
  const member = index.members.get(network.name)?.get(addressKey(destination))
  if (member !== undefined) {
    const far = index.underlay.hosts.get(member)
    const isFar = far !== undefined && far.segment !== from.segment
    if (isFar && !network.routesBetweenSegments)
      return lost(inside, `${network.name} does not forward between ${from.segment} and ${far.segment}`)
    return hand(carrying, member, inside, packet)
  }
  const { uplink } = network
  if (network.prefixes.some((prefix) => containsAddress(prefix, destination)))
    return { kind: 'left', to: 'network', packet, way: inside }
  if (uplink === undefined || !uplink.families.includes(packet.family))
    return lost(inside, `${network.name} has no way to the IPv${packet.family} internet`)
  const refused = refusal(uplink.toInternet, packet, `the firewall of ${network.name}`)
  if (refused !== undefined) return lost(inside, refused)
  return overInternet(carrying, uplink, inside)
}

function overInternet({ index, from, network, packet }: Carrying, uplink: Uplink, inside: CrossedWay): Carried {
  const { underlay } = index
  const shown = translateOut(uplink, from, packet)
  const target = targetOf(index, shown)
  const isTurned = target !== undefined && target.network === network.name
  if (isTurned && !uplink.hairpins) return lost(inside, `${network.name} does not turn its own public addresses round`)
  const outside: CrossedWay = {
    ...inside,
    kind: 'public',
    networks: [...inside.networks, 'internet'],
    mtuBytes: Math.min(inside.mtuBytes, mtuOf(uplink, packet), underlay.internet.mtuBytes),
  }
  const way = isTurned ? inside : outside
  if (!isTurned && !underlay.internet.families.includes(packet.family))
    return lost(outside, `the internet carries no IPv${packet.family} here`)
  if (target === undefined) return { kind: 'left', to: 'internet', packet: shown, way }
  return comeIn(index, target, shown, way, isTurned)
}

type Target = { readonly network: string; readonly node?: string; readonly packet: Packet }

/** Behind which network the destination is, and whom it means there. */
function targetOf({ underlay, publicAddresses, forwards }: UnderlayIndex, packet: Packet): Target | undefined {
  const { answer, destination, destinationPort } = packet
  // What was never translated does not come back by NAT.
  if (answer !== undefined && !equalAddresses(answer.address, destination)) {
    const host = underlay.hosts.get(answer.node)
    const back = {
      ...packet,
      destination: answer.address,
      ...(answer.port !== undefined && { destinationPort: answer.port }),
    }
    return host && { network: host.network, node: answer.node, packet: back }
  }
  const place = publicAddresses.get(addressKey(destination))
  if (place === undefined) return undefined
  const { network, machine } = place
  if (machine !== undefined) return { network, node: machine.node, packet: { ...packet, destination: machine.inside } }
  const forward =
    packet.protocol === 'udp' && destinationPort !== undefined
      ? forwards.get(forwardKey(destination, destinationPort))
      : undefined
  if (forward === undefined) return { network, packet }
  const moved = { ...packet, destination: forward.inside, destinationPort: forward.insidePort }
  return { network, node: forward.node, packet: moved }
}

function comeIn(
  { underlay }: UnderlayIndex,
  target: Target,
  shown: Packet,
  before: CrossedWay,
  isTurned: boolean,
): Carried {
  const network = underlay.networks.get(target.network)
  const uplink = network?.uplink
  if (network === undefined || uplink === undefined)
    return lost(before, `network ${target.network} has no way to the internet`)
  const mtuBytes = Math.min(before.mtuBytes, mtuOf(uplink, shown), mtuOf(network, shown))
  const losesFragments = before.losesFragments || (shown.family === 6 && network.dropsIpv6Fragments)
  const networks = isTurned ? before.networks : [...before.networks, network.name]
  const way = { ...before, networks, mtuBytes, losesFragments }
  if (!uplink.families.includes(shown.family))
    return lost(way, `${network.name} has no way from the IPv${shown.family} internet`)
  const { node, packet } = target
  if (node === undefined) return lost(way, `the NAT of ${network.name} lets only answers in, and forwards no such port`)
  // Past a shared NAT come forwards, and answers, which no filter is asked about.
  const isLetIn = uplink.nat.kind === 'masquerade' && uplink.nat.isLetIn
  const refused = isLetIn ? undefined : refusal(uplink.fromInternet, packet, `the firewall of ${network.name}`)
  // A router remembers what it let through: what it turns round itself, it never saw leave.
  if (refused !== undefined)
    return { ...lost(way, refused), ...(!isTurned && { stoppedAtState: { node, packet } }) } as Carried
  const refusedInside = isTurned ? refusal(network.inside, packet, `a filter inside ${network.name}`) : undefined
  return refusedInside === undefined ? enter(underlay, network, node, way, packet) : lost(way, refusedInside)
}

/** Under which address and port the internet sees it. */
function translateOut({ nat }: Uplink, from: UnderlayHost, packet: Packet): Packet {
  const { source, sourcePort, family, answer } = packet
  if (answer?.asked !== undefined)
    return {
      ...packet,
      source: answer.asked.address,
      ...(answer.asked.port !== undefined && { sourcePort: answer.asked.port }),
    }
  switch (nat.kind) {
    case 'none':
      return packet
    case 'one-to-one': {
      const own = nat.translations.find(({ node, inside }) => node === from.node && equalAddresses(inside, source))
      return { ...packet, source: own?.outside ?? NOBODY[family] }
    }
    case 'masquerade': {
      const shared = nat.outside.find((address) => address.family === family) ?? NOBODY[family]
      const forward = nat.forwards.find(
        ({ inside, insidePort, outside }) =>
          insidePort === sourcePort && equalAddresses(inside, source) && equalAddresses(outside, shared),
      )
      if (forward === undefined || packet.protocol !== 'udp') return { ...packet, source: shared }
      return { ...packet, source: forward.outside, sourcePort: forward.outsidePort }
    }
  }
}
