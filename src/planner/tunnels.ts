// Legs between the gateways of two sites: the device, its peers, and the routes that go over it.
import {
  type Because,
  type Endpoint,
  type Entry,
  interfaceAddress,
  link,
  MARK,
  NEXT_HOP_ID,
  nextHop,
  nextHopGroup,
  route,
  TABLE,
  tunnelLink,
  wireguardDevice,
  wireguardPeer,
} from '../model/index.ts'
import { gatewayAddressBecause, gatewayAddresses } from './gateway-address.ts'
import { memo } from './memo.ts'
import { mergedBySite } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

/** Until several gateways a site are planned, every node holds slot 1: one device, one open port. */
const SLOT = 1
/** Often enough for the shortest UDP timers of home routers (RFC 4787, REQ-5, asks for two minutes; many do 30 s). */
const KEEPALIVE_SECONDS = 25

export type Leg = { readonly site: PlannedSite; readonly gateway: PlannedNode }

/** The far sites that this node has a leg to; none unless it is a gateway of its own site. */
export function legsOf(plan: Plan, planned: PlannedNode): readonly Leg[] {
  if (!isGateway(plan, planned)) return []
  return plan.shared(`legs ${planned.siteName}`, () => {
    const legs: Leg[] = []
    for (const site of plan.sites.values()) {
      const [gateway] = site.gateways
      if (gateway !== undefined && gateway !== planned && canMeet(planned, gateway)) legs.push({ site, gateway })
    }
    return legs
  })
}

export const isGateway = (plan: Plan, planned: PlannedNode): boolean =>
  plan.sites.get(planned.siteName)?.gateways[0] === planned

/** One end at least must be reachable from outside. */
export const canMeet = (a: PlannedNode, b: PlannedNode): boolean =>
  a.node.endpoint !== undefined || b.node.endpoint !== undefined

/** The tunnel device of a gateway. */
export function planTunnelDevice(plan: Plan, planned: PlannedNode): readonly Entry[] {
  const { node } = planned
  const name = tunnelLink(SLOT)
  const because: Because[] = [
    {
      resource: `Network/${plan.network.name}`,
      field: 'spec.tunnel',
      rule: `${node.name} is the gateway of site ${planned.siteName}`,
    },
  ]
  return [
    link({ name, type: { kind: 'wireguard' }, mtuBytes: plan.mtus.tunnelBytes, because }),
    ...Object.values(gatewayAddresses(node)).map((address) =>
      interfaceAddress({ link: name, address, because: [gatewayAddressBecause(node)] }),
    ),
    wireguardDevice({
      link: name,
      publicKey: planned.publicKey,
      listenPort: listenPort(plan, planned),
      mark: MARK,
      because,
    }),
    nextHop({ id: NEXT_HOP_ID.tunnel + SLOT, link: name, because }),
  ]
}

/** The far gateway as a peer. Many nodes see it alike and share the entry. */
export const planPeer = (from: PlannedNode, { site, gateway }: Leg): readonly Entry[] => {
  const keepaliveSeconds = from.node.endpoint === undefined ? KEEPALIVE_SECONDS : 0
  return memo(site, keepaliveSeconds === 0 ? 'peer' : 'peer kept alive', () => {
    const endpoint = endpointOf(gateway)
    return [
      wireguardPeer({
        link: tunnelLink(SLOT),
        publicKey: gateway.publicKey,
        ...(endpoint && { endpoint }),
        allowedIps: mergedBySite(site).map(({ prefix }) => prefix),
        keepaliveSeconds,
        because: [
          {
            resource: `Node/${gateway.node.name}`,
            ...endpointBecause(gateway),
            rule: `the gateway of site ${site.name}`,
          },
        ],
      }),
    ]
  })
}

/** What this site's gateways send to the far site: a group of tunnel next hops, and the far prefixes over it. */
export function planTunnelRoutes(plan: Plan, { site, gateway }: Leg): readonly Entry[] {
  const id = plan.siteGroupId(site.name)
  return memo(site, id, () => {
    const way: Because = {
      resource: `Node/${gateway.node.name}`,
      rule: `site ${site.name} is reached through the tunnel to its gateway ${gateway.node.name}`,
    }
    const target = { kind: 'next-hop-object', id } as const
    return [
      nextHopGroup({ id, members: [NEXT_HOP_ID.tunnel + SLOT], because: [way] }),
      ...mergedBySite(site).map(({ prefix, because }) =>
        route({ table: TABLE, to: prefix, target, source: 'gateway-address', because: [way, ...because] }),
      ),
    ]
  })
}

/** Where a gateway is reached: the port of its device for our slot. None: behind NAT, or known by a name only. */
export function endpointOf({ node }: PlannedNode): Endpoint | undefined {
  if (node.endpoint === undefined || typeof node.endpoint.host === 'string') return undefined
  return { address: node.endpoint.host, port: node.endpoint.ports?.[SLOT - 1] ?? node.endpoint.port + SLOT - 1 }
}

/** A node listens where it says that it is reached, unless NAT maps its ports. */
const listenPort = (plan: Plan, { node }: PlannedNode): number =>
  (node.endpoint === undefined || node.endpoint.ports !== undefined ? plan.network.tunnel.port : node.endpoint.port) +
  SLOT -
  1

const endpointBecause = ({ node }: PlannedNode): Pick<Because, 'field'> =>
  node.endpoint === undefined ? {} : { field: 'spec.endpoint' }
