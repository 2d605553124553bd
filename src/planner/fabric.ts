// Inside a site: how a node reaches the pods of its fellow members over the private network, and through its gateway
// the rest of the world.
import {
  type Because,
  type Entry,
  interfaceAddress,
  type RouteTarget,
  route,
  TABLE,
  VXLAN_LINK,
} from '../model/index.ts'
import { memo } from './memo.ts'
import { mergeOwned, ownedByNode, ownedBySites } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { canMeet, isGateway } from './tunnels.ts'
import { linkLocalOf, privateAddress } from './underlay-address.ts'
import { planVxlanDevice, planVxlanGateways, planVxlanMember, vxlanTarget } from './vxlan.ts'

/** The parts that carry traffic inside the node's site. `nic` is the link of its private address. */
export function planFabric(plan: Plan, planned: PlannedNode, nic: string): readonly (readonly Entry[])[] {
  const site = plan.sites.get(planned.siteName)
  if (site === undefined || site.nodes.length < 2) return []
  const parts: (readonly Entry[])[] = [planDevice(plan, site, planned, nic)]
  for (const fellow of site.nodes) if (fellow !== planned) parts.push(planMember(site, fellow, nic))
  if (!isGateway(plan, planned)) parts.push(planForeign(plan, site, nic))
  return parts
}

function planDevice(plan: Plan, site: PlannedSite, planned: PlannedNode, nic: string): readonly Entry[] {
  if (site.fabric.kind === 'vxlan') return planVxlanDevice(plan, site, planned)
  const v4 = privateAddress(planned.node, 4)
  if (!needsLinkLocal(plan, planned) || v4 === undefined) return []
  const because: Because = {
    ...site.fabricBecause,
    rule: 'IPv6 pods over an underlay that knows only IPv4: fellow members take this link-local address as next hop',
  }
  return [interfaceAddress({ link: nic, address: linkLocalOf(v4.address), because: [because] })]
}

/** IPv6 pods, and no private IPv6 address to reach them by. */
const needsLinkLocal = (plan: Plan, { node }: PlannedNode): boolean =>
  plan.families.includes(6) && privateAddress(node, 6) === undefined

/** What leads to one fellow member. All the others see it alike. */
const planMember = (site: PlannedSite, fellow: PlannedNode, nic: string): readonly Entry[] =>
  memo(fellow, `member over ${nic}`, () => {
    const way: Because = {
      ...site.fabricBecause,
      rule: `${fellow.node.name} is in the same site ${site.name}: over ${site.fabric.kind}`,
    }
    const routes = mergeOwned(ownedByNode(fellow)).flatMap(({ prefix, because }) => {
      const target = targetOf(site, fellow, prefix.family, nic)
      return target ? [fabricRoute(prefix, target, [way, ...because])] : []
    })
    return site.fabric.kind === 'vxlan' ? [...planVxlanMember(site, fellow, way), ...routes] : routes
  })

/** What a member sends to its gateway: everything that the sites own to which the gateway has a leg. */
const planForeign = (plan: Plan, site: PlannedSite, nic: string): readonly Entry[] =>
  plan.shared(`foreign for ${site.name} over ${nic}`, () => {
    const gateway = site.gateways[0]
    if (gateway === undefined) return []
    const way: Because = {
      resource: `Node/${gateway.node.name}`,
      rule: `elsewhere: through ${gateway.node.name}, the gateway of site ${site.name}, over ${site.fabric.kind}`,
    }
    const reachable: PlannedSite[] = []
    for (const far of plan.sites.values()) {
      const [farGateway] = far.gateways
      if (far !== site && farGateway !== undefined && canMeet(gateway, farGateway)) reachable.push(far)
    }
    const group =
      site.fabric.kind === 'vxlan' ? planVxlanGateways(site, [gateway], plan.siteGroupId(site.name), way) : undefined
    const routes = mergeOwned(ownedBySites(reachable)).flatMap(({ prefix, because }) => {
      const target = group?.target ?? targetOf(site, gateway, prefix.family, nic)
      return target ? [fabricRoute(prefix, target, [way, ...because])] : []
    })
    return group && routes.length > 0 ? [...group.entries, ...routes] : routes
  })

const fabricRoute = (to: Parameters<typeof route>[0]['to'], target: RouteTarget, because: readonly Because[]): Entry =>
  route({ table: TABLE, to, target, source: 'gateway-address', because })

/** Where packets for a member go. None: it has no private address by which the fabric could reach it. */
function targetOf(site: PlannedSite, member: PlannedNode, family: 4 | 6, nic: string): RouteTarget | undefined {
  if (site.fabric.kind === 'vxlan') return vxlanTarget(site, member)
  const own = privateAddress(member.node, family)
  if (own !== undefined) return { kind: 'via', hops: [{ via: own.address, link: nic }] }
  const v4 = privateAddress(member.node, 4)
  return family === 6 && v4 !== undefined
    ? { kind: 'via', hops: [{ via: linkLocalOf(v4.address), link: nic }] }
    : undefined
}

/** Over `direct`: the addresses on the private network that a packet for the site may take as next hop, by family. */
export const fabricNextHops = (plan: Plan, site: PlannedSite, family: 4 | 6) =>
  plan.shared(`next hops of ${site.name} ${family}`, () => {
    if (site.fabric.kind !== 'direct' || site.nodes.length < 2) return []
    return site.nodes.flatMap((member) => {
      const target = targetOf(site, member, family, '')
      return target?.kind === 'via' ? target.hops.map((hop) => hop.via) : []
    })
  })

/** The fabric's devices by which traffic of the site comes and goes. */
export const fabricLink = (site: PlannedSite, nic: string): string => (site.fabric.kind === 'vxlan' ? VXLAN_LINK : nic)
