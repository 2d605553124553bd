// Fabric `wireguard`: every two members of a site have a leg over the private network, for a network that drops foreign sources or
// must be encrypted too. Devices of their own, because a gateway's tunnels hold the same foreign prefixes already.
import {
  type Because,
  type Entry,
  FABRIC_PORT_OFFSET,
  fabricWireguardLink,
  link,
  MARK,
  NEXT_HOP_ID,
  nextHop,
  type RouteTarget,
  wireguardDevice,
  wireguardPeer,
} from '../model/index.ts'
import { ownedElsewhere } from './elsewhere.ts'
import { legsTo } from './legs.ts'
import { carriedToNode, mergeAll } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { addressesOn } from './tunnels.ts'
import { underlayAddress } from './underlay-address.ts'

/** One device for each slot that a fellow holds; without several gateways that is one. */
export function planFabricWireguardDevices(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  fellows: readonly PlannedNode[],
): readonly Entry[] {
  const because = [site.fabricBecause]
  return slotsOf(fellows).flatMap((slot) => {
    const name = fabricWireguardLink(slot)
    return [
      link({ name, type: { kind: 'wireguard' }, mtuBytes: plan.mtus.fabricBytes, because }),
      ...addressesOn(site, planned, name),
      wireguardDevice({
        link: name,
        publicKey: planned.publicKey,
        listenPort: fabricPort(plan, slot),
        mark: MARK,
        because,
      }),
      nextHop({ id: NEXT_HOP_ID.fabric + slot, link: name, because }),
    ]
  })
}

export const slotsOf = (nodes: readonly PlannedNode[]): readonly number[] =>
  [...new Set(nodes.map(({ slot }) => slot))].sort((a, b) => a - b)

const fabricPort = (plan: Plan, slot: number): number => plan.network.tunnel.port + FABRIC_PORT_OFFSET + slot - 1

/** The fellow as a peer: what it owns comes from it, and from a gateway all that it may bring from elsewhere. */
export function planFabricWireguardMember(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  fellow: PlannedNode,
  because: Because,
): readonly Entry[] {
  const address = underlayAddress(fellow.node)
  if (address === undefined) return []
  const owned = carriedToNode(site, fellow, true)
  return plan.shared(`fabric peer ${fellow.node.name} for slot ${planned.slot}`, () => [
    wireguardPeer({
      link: fabricWireguardLink(fellow.slot),
      publicKey: fellow.publicKey,
      endpoint: { address, port: fabricPort(plan, planned.slot) },
      allowedIps: (fellow.isGateway ? mergeAll([owned, broughtBy(plan, site, fellow)]) : owned).map(
        ({ prefix }) => prefix,
      ),
      keepaliveSeconds: 0,
      because: [because],
    }),
  ])
}

/** What the other sites own to which the gateway has a leg. */
const broughtBy = (plan: Plan, site: PlannedSite, gateway: PlannedNode) =>
  plan.shared(`brought by ${gateway.node.name}`, () =>
    ownedElsewhere(
      plan,
      site,
      [...plan.sites.values()].filter((far) => far !== site && legsTo(plan, site, gateway, far).length > 0),
    ),
  )

export const fabricWireguardTarget = (member: PlannedNode): RouteTarget | undefined =>
  underlayAddress(member.node) && { kind: 'next-hop-object', id: NEXT_HOP_ID.fabric + member.slot }
