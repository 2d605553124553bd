// The NodeState of one node, put together of what the network shares and what is the node's own.
import {
  ANCHOR_LINK,
  type Entry,
  IPV6_MINIMUM_MTU,
  interfaceAddress,
  type Local,
  link,
  type NodeState,
  tunnelLink,
  VXLAN_LINK,
} from '../model/index.ts'
import { planFabric } from './fabric.ts'
import { planFilter } from './filter.ts'
import { gatewayAddressBecause, gatewayAddresses } from './gateway-address.ts'
import { planGuards, planRules } from './guards.ts'
import type { Plan } from './plan.ts'
import { planPod } from './pods.ts'
import { planSettings } from './settings.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { findThrows, planThrows } from './throws.ts'
import { legsOf, planPeer, planTunnelDevice, planTunnelRoutes } from './tunnels.ts'

/** What plans say for the underlay's link while nobody has looked at the node. */
export const UNKNOWN_NIC = '$NIC'

/** Everything that the node's kernel should hold of ours. Throws where the world has no node of this name. */
export function planNode(plan: Plan, name: string, local?: Local): NodeState {
  const planned = plan.nodeNamed(name)
  const site = planned && plan.sites.get(planned.siteName)
  if (planned === undefined || site === undefined)
    throw new Error(`cannot plan node ${name}: the world has no Node of this name`)
  const nic = local?.underlay?.link ?? UNKNOWN_NIC
  const throws = findThrows(plan, planned)
  const parts: (readonly Entry[])[] = [
    planSettings(plan, {
      links: ourLinks(plan, planned, site, nic),
      nic,
      acceptsRouterAdvertisements: local?.underlay?.acceptsRouterAdvertisements === true,
    }),
    planGuards(plan),
    planThrows(throws),
    planRules(plan, site),
    [planFilter(plan, site, planned, nic, throws)],
    planAnchor(plan, planned),
    ...planFabric(plan, planned, nic),
  ]
  const legs = legsOf(plan, planned)
  if (legs.length > 0) parts.push(planTunnelDevice(plan, planned))
  for (const leg of legs) parts.push(planPeer(planned, leg), planTunnelRoutes(plan, leg))
  for (const pod of local?.pods ?? []) parts.push(planPod(name, pod))
  return { node: name, gatewayAddresses: gatewayAddresses(planned.node), parts }
}

/** The device that holds the gateway address whatever tunnels and fabrics come and go. */
const planAnchor = (plan: Plan, { node }: PlannedNode): readonly Entry[] => [
  link({
    name: ANCHOR_LINK,
    type: { kind: 'dummy' },
    mtuBytes: Math.max(plan.mtus.podBytes, IPV6_MINIMUM_MTU),
    because: [gatewayAddressBecause(node)],
  }),
  ...Object.values(gatewayAddresses(node)).map((address) =>
    interfaceAddress({ link: ANCHOR_LINK, address, because: [gatewayAddressBecause(node)] }),
  ),
]

/** Devices on which packets of the network arrive: reverse paths are checked loosely there. */
function ourLinks(plan: Plan, planned: PlannedNode, site: PlannedSite, nic: string): readonly string[] {
  const links = [ANCHOR_LINK]
  if (site.fabric.kind === 'vxlan' && site.nodes.length > 1) links.push(VXLAN_LINK)
  const hasLegs = legsOf(plan, planned).length > 0
  if (hasLegs) links.push(tunnelLink(1))
  return hasLegs || site.nodes.length > 1 ? [...links, nic] : links
}
