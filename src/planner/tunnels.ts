// Tunnels between the gateways of two sites: a device for each slot, their peers, and the routes that go over them.
import {
  type Because,
  type Endpoint,
  type Entry,
  interfaceAddress,
  type Local,
  link,
  MARK,
  NEXT_HOP_ID,
  nextHop,
  nextHopGroup,
  type Prefix,
  route,
  TABLE,
  tunnelLink,
  wireguardDevice,
  wireguardPeer,
} from '../model/index.ts'
import { acceptableFrom } from './acceptable.ts'
import { gatewayAddressBecause, gatewayAddressesOf } from './gateway-address.ts'
import type { Leg } from './legs.ts'
import { memo } from './memo.ts'
import { mergeAll, mergedBySite, type OwnedPrefix, ownedBySite } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import { canReach, relayedThrough } from './reach.ts'
import { reasons } from './reasons.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

/** Often enough for the shortest UDP timers of home routers (RFC 4787, REQ-5, asks for two minutes; many do 30 s). */
export const KEEPALIVE_SECONDS = 25

/** The tunnel device for the far gateways that hold this slot. */
export function planTunnelDevice(plan: Plan, site: PlannedSite, planned: PlannedNode, slot: number): readonly Entry[] {
  const name = tunnelLink(slot)
  const because: Because[] = [
    {
      resource: `Network/${plan.network.name}`,
      field: 'spec.tunnel',
      rule: `${planned.node.name} is a gateway of site ${planned.siteName}; far gateways of slot ${slot} are here`,
    },
  ]
  return [
    link({ name, type: { kind: 'wireguard' }, mtuBytes: plan.mtus.tunnelBytes, because }),
    ...addressesOn(site, planned, name),
    wireguardDevice({
      link: name,
      publicKey: planned.publicKey,
      listenPort: listenPort(plan, planned, slot),
      mark: MARK,
      because,
    }),
    nextHop({ id: NEXT_HOP_ID.tunnel + slot, link: name, because }),
  ]
}

/** The gateway address on a device: reverse-path checks and ICMP errors need one. */
export const addressesOn = (site: PlannedSite, { node }: PlannedNode, name: string): readonly Entry[] =>
  Object.values(gatewayAddressesOf(site, node)).map((address) =>
    interfaceAddress({ link: name, address, because: [gatewayAddressBecause(site.network, node, address)] }),
  )

/** The far gateway as a peer. Many nodes see it alike and share the entry. */
export function planPeer(plan: Plan, from: PlannedNode, leg: Leg, local: Local | undefined): readonly Entry[] {
  const { site, gateway } = leg
  const endpoint = canReach(from, gateway) ? endpointOf(gateway, from, local) : undefined
  // Who cannot be reached keeps the way open by which it reaches others.
  const keepaliveSeconds = canReach(gateway, from) ? 0 : KEEPALIVE_SECONDS
  const make = (allowedIps: readonly Prefix[], isRelay = false): readonly Entry[] => [
    wireguardPeer({
      link: tunnelLink(gateway.slot),
      publicKey: gateway.publicKey,
      ...(endpoint && { endpoint }),
      allowedIps,
      keepaliveSeconds,
      because: [
        {
          resource: `Node/${gateway.node.name}`,
          ...(gateway.node.endpoint && { field: 'spec.endpoint' }),
          rule: `a gateway of site ${site.name}${isRelay ? ', which also relays for sites that cannot meet by themselves' : ''}`,
        },
      ],
    }),
  ]
  const own = plan.sites.get(from.siteName)
  const relayed = own && relayedThrough(plan, own).get(site.name)
  if (own !== undefined && (relayed !== undefined || acceptableFrom(own, site) !== undefined)) {
    const accepted = mergeAll([site, ...(relayed ?? [])].map((far) => acceptableFrom(own, far) ?? ownedBySite(far)))
    return make(
      accepted.map(({ prefix }) => prefix),
      relayed !== undefined,
    )
  }
  const usual = (): readonly Entry[] => make(mergedBySite(site).map(({ prefix }) => prefix))
  if (typeof gateway.node.endpoint?.host === 'string') return usual() // what a name stands for is this node's own view
  return memo(gateway, `peer ${endpoint ? from.slot : ''} ${keepaliveSeconds}`, usual)
}

/** What a gateway sends to a far site by its legs: a group of the tunnels in use, and the far prefixes over it. */
export function planTunnelRoutes(
  plan: Plan,
  own: PlannedSite,
  far: PlannedSite,
  legs: readonly Leg[],
  inUse: readonly Leg[],
): readonly (readonly Entry[])[] {
  const id = plan.siteGroupId(far.name)
  const groupOf = (used: readonly Leg[]): Entry => {
    const members = used.map(({ gateway }) => NEXT_HOP_ID.tunnel + gateway.slot)
    return nextHopGroup({ id, members: members.sort((a, b) => a - b), because: [wayOver(far, legs)] })
  }
  const make = (owned: readonly OwnedPrefix[]): readonly Entry[] => {
    const way = wayOver(far, legs)
    const target = { kind: 'next-hop-object', id } as const
    const routes = owned.map(({ prefix, because }) =>
      route({ table: TABLE, to: prefix, target, source: 'gateway-address', because: reasons(way, because) }),
    )
    return [groupOf(legs), ...routes]
  }
  const acceptable = acceptableFrom(own, far)
  const all = acceptable ? make(acceptable) : keep(plan, id, far, legs, () => make(mergedBySite(far)))
  return inUse.length === legs.length ? [all] : [[groupOf(inUse)], all.slice(1)]
}

/**
 * With the far site, for all that see it alike. What goes through a relay is kept for this plan alone: relays come and go while the
 * far site stays as it is.
 */
function keep<T>(plan: Plan, id: number, far: PlannedSite, legs: readonly Leg[], make: () => T): T {
  const [first] = legs
  if (legs.length === 1 && first?.site === far && first.gateway.slot === 1) return memo(far, id, make) // almost always
  const key = `${id} ${first?.site.name} ${legs.map(({ gateway }) => `${gateway.node.name} ${gateway.slot}`).join()}`
  return first?.site === far ? memo(far, key, make) : plan.shared(`tunnels ${key}`, make)
}

function wayOver(far: PlannedSite, legs: readonly Leg[]): Because {
  const names = legs.map(({ gateway }) => gateway.node.name)
  const [first] = legs
  const gateways =
    names.length === 1 ? `the tunnel to its gateway ${names[0]}` : `the tunnels to its gateways ${names.join(', ')}`
  const rule =
    first === undefined || first.site === far
      ? `site ${far.name} is reached through ${gateways}`
      : `site ${far.name} is reached through site ${first.site.name}, which relays because the two cannot meet by themselves: ` +
        `${names.length === 1 ? 'the tunnel to' : 'the tunnels to'} ${names.join(', ')}`
  return { resource: `Node/${names[0]}`, rule }
}

/** Where a gateway is reached by `from`: the port of its device for the slot of `from`. None: behind NAT, or a name without an address yet. */
export function endpointOf(
  { node }: PlannedNode,
  from: PlannedNode,
  local: Pick<Local, 'resolvedHosts' | 'underlay'> | undefined,
): Endpoint | undefined {
  if (node.endpoint === undefined) return undefined
  const { host, port, ports } = node.endpoint
  const families = local?.underlay?.families ?? from.node.privateAddresses.map(({ address }) => address.family)
  const address =
    typeof host === 'string' ? local?.resolvedHosts?.[host]?.find(({ family }) => families.includes(family)) : host
  return address && { address, port: ports?.[from.slot - 1] ?? port + from.slot - 1 }
}

/** A node listens where it says that it is reached, unless NAT maps its ports. */
const listenPort = (plan: Plan, { node }: PlannedNode, slot: number): number =>
  (node.endpoint === undefined || node.endpoint.ports !== undefined ? plan.network.tunnel.port : node.endpoint.port) +
  slot -
  1
