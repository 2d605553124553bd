// The NodeState of one node, put together of what the network shares and what is the node's own.
import {
  ANCHOR_LINK,
  type Because,
  type Entry,
  equalAddresses,
  fabricWireguardLink,
  IPIP_LINK,
  IPV6_MINIMUM_MTU,
  interfaceAddress,
  type Liveness,
  type Local,
  link,
  type NodeState,
  tunnelLink,
  VXLAN_LINK,
} from '../model/index.ts'
import { encapsulatedFellows, planFabric } from './fabric.ts'
import { slotsOf } from './fabric-wireguard.ts'
import { planFarRoutes } from './far-routes.ts'
import { planFilter } from './filter.ts'
import { gatewayAddressBecause, gatewayAddressesOf, lanAddress } from './gateway-address.ts'
import { planGuards } from './guards.ts'
import { legsOf } from './legs.ts'
import { memo } from './memo.ts'
import type { Plan } from './plan.ts'
import { planPod } from './pods.ts'
import { planRules } from './policy-rules.ts'
import { planServices } from './services.ts'
import { planSettings } from './settings.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { findThrows, planThrows } from './throws.ts'
import { addressesOn, planPeer, planTunnelDevice } from './tunnels.ts'

/** What plans say for the underlay's link while nobody has looked at the node. */
export const UNKNOWN_NIC = '$NIC'

/** Everything that the node's kernel should hold of ours. Throws where the world has no node of this name. */
export function planNode(plan: Plan, name: string, local?: Local): NodeState {
  const planned = plan.nodeNamed(name)
  const site = planned && plan.sites.get(planned.siteName)
  if (planned === undefined || site === undefined)
    throw new Error(`cannot plan node ${name}: the world has no Node of this name`)
  const nic = local?.underlay?.link ?? UNKNOWN_NIC
  const legs = legsOf(plan, planned)
  const throws = findThrows(plan, site, planned, local)
  const fabric = planFabric(plan, site, planned, nic)
  const parts: (readonly Entry[])[] = [
    planSettings(plan, {
      links: ourLinks(plan, planned, site, nic),
      nic,
      acceptsRouterAdvertisements: local?.underlay?.acceptsRouterAdvertisements === true,
    }),
    ...planThrows(throws, [
      ...planGuards(plan, site, planned),
      ...fabric,
      ...planFarRoutes(plan, site, planned, nic, withDead(local?.liveness)),
    ]),
    planRules(plan, site, planned, fabric),
    planFilter(plan, site, planned, nic, throws),
    memo(planned, `anchor ${plan.mtus.podBytes}`, () => planAnchor(plan, site, planned)),
    planServices(plan, site, planned),
    ...slotsOf(legs.map(({ gateway }) => gateway)).map((slot) =>
      memo(planned, `tunnel device ${slot} ${plan.mtus.tunnelBytes}`, () =>
        planTunnelDevice(plan, site, planned, slot),
      ),
    ),
    ...legs.map((leg) => planPeer(plan, planned, leg, local)),
    ...(local?.pods ?? []).map((pod) => planPod(name, pod)),
  ]
  const gatewayAddresses = memo(planned, 'gateway addresses', () => gatewayAddressesOf(site, planned.node))
  return { node: name, gatewayAddresses, parts }
}

/** Undefined where all is alive: the usual plan, which other nodes and later plans share. */
const withDead = (liveness: Liveness | undefined): Liveness | undefined =>
  liveness !== undefined && liveness.deadNodes.length + liveness.deadLegs.length > 0 ? liveness : undefined

/** The device that holds the gateway address whatever tunnels and fabrics come and go. */
const planAnchor = (plan: Plan, site: PlannedSite, planned: PlannedNode): readonly Entry[] => [
  link({
    name: ANCHOR_LINK,
    type: { kind: 'dummy' },
    mtuBytes: Math.max(plan.mtus.podBytes, IPV6_MINIMUM_MTU),
    because: [anchorBecause(site, planned)],
  }),
  ...addressesOn(site, planned, ANCHOR_LINK),
  ...lanAddressOn(site, planned),
]

const anchorBecause = (site: PlannedSite, { node }: PlannedNode): Because => {
  const [address] = Object.values(gatewayAddressesOf(site, node))
  return address === undefined
    ? { resource: `Node/${node.name}`, rule: 'it has no address in the network' }
    : gatewayAddressBecause(site.network, node, address)
}

/** Where it is no other address of the machine already. */
function lanAddressOn(site: PlannedSite, { node }: PlannedNode): readonly Entry[] {
  const address = lanAddress(site.network, node)
  const others = [...Object.values(gatewayAddressesOf(site, node)), ...node.privateAddresses.map((own) => own.address)]
  if (address === undefined || others.some((other) => equalAddresses(other, address))) return []
  const rule = 'the address of the machine in the virtual LAN'
  const because: Because[] = [{ resource: `Node/${node.name}`, field: 'spec.lan', rule }]
  return [interfaceAddress({ link: ANCHOR_LINK, address, because })]
}

/** Devices on which packets of the network arrive: reverse paths are checked loosely there. */
function ourLinks(plan: Plan, planned: PlannedNode, site: PlannedSite, nic: string): readonly string[] {
  const wrapped = encapsulatedFellows(site, planned)
  const fabric = {
    vxlan: [VXLAN_LINK],
    ipip: [IPIP_LINK],
    wireguard: slotsOf(wrapped).map(fabricWireguardLink),
    direct: [],
    none: [],
  }
  const legs = legsOf(plan, planned)
  const links = [
    ANCHOR_LINK,
    ...(wrapped.length > 0 ? fabric[site.fabric.kind] : []),
    ...slotsOf(legs.map(({ gateway }) => gateway)).map(tunnelLink),
  ]
  return legs.length > 0 || site.nodes.length > 1 ? [...links, nic] : links
}
