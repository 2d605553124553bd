// Inside a site: how a node reaches what its fellow members have, bare over the private network or in an encapsulation.
import {
  type Address,
  type Because,
  containsPrefix,
  type Entry,
  equalAddresses,
  equalPrefixes,
  type Family,
  IPIP_LINK,
  interfaceAddress,
  type Prefix,
  prefixOf,
  type RouteTarget,
  route,
  TABLE,
  VXLAN_LINK,
} from '../model/index.ts'
import { fabricWireguardTarget, planFabricWireguardDevices, planFabricWireguardMember } from './fabric-wireguard.ts'
import { ipipTarget, planIpipDevice } from './ipip.ts'
import { memo } from './memo.ts'
import { carriedToNode, ownedByNode } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import { reasons } from './reasons.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { linkLocalOf, privateAddress } from './underlay-address.ts'
import { planVxlanDevice, planVxlanMember, vxlanTarget } from './vxlan.ts'

/** The parts that carry traffic between the members of the node's site. `nic` is the link of its private address. */
export function planFabric(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  nic: string,
): readonly (readonly Entry[])[] {
  if (site.nodes.length < 2) return []
  const wrapped = encapsulatedFellows(site, planned)
  const parts: (readonly Entry[])[] = []
  if (wrapped.length > 0)
    parts.push(
      memo(planned, `fabric ${Object.values(plan.mtus).join()}`, () => planDevices(plan, site, planned, wrapped)),
    )
  if (wrapped.length < site.nodes.length - 1)
    parts.push(memo(planned, `link-local on ${nic}`, () => planLinkLocal(site, planned, nic)))
  for (const fellow of site.nodes) if (fellow !== planned) parts.push(...planMember(plan, site, planned, fellow, nic))
  return parts
}

/** False: packets for the fellow cross the private network as they are. */
export function isEncapsulated({ fabric }: PlannedSite, from: PlannedNode, to: PlannedNode): boolean {
  if (fabric.kind === 'direct' || fabric.kind === 'none') return false
  return fabric.encapsulate === 'always' || !shareSubnet(from, to)
}

/** The fellow members that are reached in an encapsulation. */
export function encapsulatedFellows(site: PlannedSite, planned: PlannedNode): readonly PlannedNode[] {
  const { kind, encapsulate } = site.fabric
  if (kind === 'direct' || kind === 'none') return []
  return site.nodes.filter(
    (fellow) => fellow !== planned && (encapsulate === 'always' || isEncapsulated(site, planned, fellow)),
  )
}

/** In every family that both have. */
const shareSubnet = (a: PlannedNode, b: PlannedNode): boolean => {
  const families = ([4, 6] as const).filter((family) => hasSubnet(a, family) && hasSubnet(b, family))
  return (
    families.length > 0 &&
    families.every((family) =>
      subnetsOf(a).some(
        (subnet) => subnet.family === family && subnetsOf(b).some((other) => equalPrefixes(subnet, other)),
      ),
    )
  )
}

const hasSubnet = (planned: PlannedNode, family: Family): boolean =>
  subnetsOf(planned).some((subnet) => subnet.family === family)

const subnetsOf = (planned: PlannedNode): readonly Prefix[] =>
  memo(planned, 'subnets', () => planned.node.privateAddresses.map(({ address, length }) => prefixOf(address, length)))

/** The devices of the fabric by which this node's packets come and go, as the packet filter names them. */
export function fabricLinks(site: PlannedSite, planned: PlannedNode, nic: string): readonly string[] {
  if (site.nodes.length < 2) return []
  const { kind, encapsulate } = site.fabric
  if (kind === 'direct' || kind === 'none') return [nic]
  const device = { vxlan: VXLAN_LINK, ipip: IPIP_LINK, wireguard: 'damask-f*' }[kind]
  if (encapsulate === 'always') return [device]
  const wrapped = encapsulatedFellows(site, planned).length
  return [...(wrapped > 0 ? [device] : []), ...(wrapped < site.nodes.length - 1 ? [nic] : [])]
}

function planDevices(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  wrapped: readonly PlannedNode[],
): readonly Entry[] {
  switch (site.fabric.kind) {
    case 'vxlan':
      return planVxlanDevice(plan, site, planned)
    case 'ipip':
      return planIpipDevice(plan, site, planned)
    case 'wireguard':
      return planFabricWireguardDevices(plan, site, planned, wrapped)
    default:
      return []
  }
}

function planLinkLocal(site: PlannedSite, { node }: PlannedNode, nic: string): readonly Entry[] {
  const v4 = privateAddress(node, 4)
  if (!site.families.includes(6) || privateAddress(node, 6) !== undefined || v4 === undefined) return []
  const because: Because = {
    ...site.fabricBecause,
    rule: 'IPv6 pods over an underlay that knows only IPv4: fellow members take this link-local address as next hop',
  }
  return [interfaceAddress({ link: nic, address: linkLocalOf(v4.address), because: [because] })]
}

/** What leads to one fellow member. All the others in the same position see it alike. */
function planMember(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  fellow: PlannedNode,
  nic: string,
): readonly (readonly Entry[])[] {
  const isWrapped = isEncapsulated(site, planned, fellow)
  const way: Because = {
    ...site.fabricBecause,
    rule: `${fellow.node.name} is in the same site ${site.name}: ${isWrapped || site.fabric.kind === 'direct' ? `over ${site.fabric.kind}` : 'bare, in the same subnet'}`,
  }
  const routes = memo(fellow, `member ${isWrapped ? '' : nic}`, () => [
    ...(isWrapped && site.fabric.kind === 'vxlan' ? planVxlanMember(site, fellow, way) : []),
    ...carriedToNode(site, fellow, isWrapped).flatMap(({ prefix, because }) => {
      const target = targetOf(site, fellow, isWrapped, prefix.family, nic)
      return target ? [fabricRoute(prefix, target, reasons(way, because))] : []
    }),
  ])
  if (isWrapped)
    return site.fabric.kind === 'wireguard'
      ? [planFabricWireguardMember(plan, site, planned, fellow, way), routes]
      : [routes]
  return site.network.lan === undefined ? [routes] : [routes, planBareLan(site, planned, fellow, nic, way)]
}

/**
 * The fellow's address in the virtual LAN is one of its own, and the private network brings it, save where this machine is in
 * another subnet. Where this machine has another address in the LAN than there, the route says that it speaks by it.
 */
function planBareLan(
  site: PlannedSite,
  planned: PlannedNode,
  fellow: PlannedNode,
  nic: string,
  way: Because,
): readonly Entry[] {
  const isOnNic = ownedByNode(site, planned).some(({ kind, isUnderlay }) => kind === 'lan' && isUnderlay)
  return ownedByNode(site, fellow).flatMap(({ prefix, kind, isUnderlay, because }) => {
    const isNear = isOnNic && subnetsOf(planned).some((subnet) => containsPrefix(subnet, prefix))
    const via = kind === 'lan' && isUnderlay && !isNear ? bareHop(fellow, prefix.family) : undefined
    if (via === undefined) return []
    // The kernel asks the routes for a next hop, this one among them.
    const hop = { via, link: nic, ...(equalAddresses(via, prefix) && { onlink: true as const }) }
    return [fabricRoute(prefix, { kind: 'via', hops: [hop] }, reasons(way, because))]
  })
}

export const fabricRoute = (to: Prefix, target: RouteTarget, because: readonly Because[]): Entry =>
  route({ table: TABLE, to, target, source: 'gateway-address', because })

/** Where packets for a member go. None: it has no private address by which the fabric could reach it. */
function targetOf(
  site: PlannedSite,
  member: PlannedNode,
  isWrapped: boolean,
  family: Family,
  nic: string,
): RouteTarget | undefined {
  if (!isWrapped) return bareTarget([member], family, nic)
  if (site.fabric.kind === 'vxlan') return vxlanTarget(site, member)
  return site.fabric.kind === 'ipip' ? ipipTarget([member], family) : fabricWireguardTarget(member)
}

/** Classic next hops, which outlive a lost carrier of the NIC as next-hop objects do not. */
export function bareTarget(members: readonly PlannedNode[], family: Family, nic: string): RouteTarget | undefined {
  const hops = members.flatMap((member) => {
    const via = bareHop(member, family)
    return via === undefined ? [] : [{ via, link: nic }]
  })
  return hops.length === 0 ? undefined : { kind: 'via', hops }
}

function bareHop({ node }: PlannedNode, family: Family) {
  const own = privateAddress(node, family)
  if (own !== undefined) return own.address
  const v4 = privateAddress(node, 4)
  return family === 6 && v4 !== undefined ? linkLocalOf(v4.address) : undefined
}

const NO_HOPS: readonly Address[] = []

/** The addresses on the private network that a packet of this node for the network may take as next hop, by family. */
export function bareNextHops(site: PlannedSite, planned: PlannedNode, family: Family): readonly Address[] {
  const { kind, encapsulate } = site.fabric
  const isMixed = kind !== 'direct' && kind !== 'none'
  if (site.nodes.length < 2 || (isMixed && encapsulate === 'always')) return NO_HOPS
  const make = () =>
    site.nodes
      .filter((member) => !isMixed || (member !== planned && !isEncapsulated(site, planned, member)))
      .flatMap((member) => bareHop(member, family) ?? [])
  return isMixed ? make() : memo(site, `next hops ${family}`, make)
}
