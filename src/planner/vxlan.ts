// Fabric `vxlan`: one device a node, and for each fellow member a forwarding entry, a neighbour and a next hop, all
// permanent, so that nobody floods, asks or learns.
import {
  type Because,
  type Entry,
  fdbEntry,
  link,
  NEXT_HOP_ID,
  neighbour,
  nextHop,
  type RouteTarget,
  VXLAN_LINK,
  VXLAN_NETWORK_IDENTIFIER,
} from '../model/index.ts'
import { memo } from './memo.ts'
import { nextHopIds } from './next-hop-ids.ts'
import type { Plan } from './plan.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { addressesOn } from './tunnels.ts'
import { hardwareAddressOf, linkLocalOf, underlayAddress } from './underlay-address.ts'

export function planVxlanDevice(plan: Plan, site: PlannedSite, planned: PlannedNode): readonly Entry[] {
  const local = underlayAddress(planned.node)
  if (local === undefined) return []
  return [
    link({
      name: VXLAN_LINK,
      type: { kind: 'vxlan', networkIdentifier: VXLAN_NETWORK_IDENTIFIER, port: site.fabric.port, local },
      mtuBytes: plan.mtus.vxlanBytes,
      hardwareAddress: hardwareAddressOf(local),
      because: [site.fabricBecause],
    }),
    ...addressesOn(site, planned, VXLAN_LINK),
  ]
}

/** What every other member holds for this one. */
export function planVxlanMember(site: PlannedSite, member: PlannedNode, because: Because): readonly Entry[] {
  const remote = underlayAddress(member.node)
  if (remote === undefined) return []
  const at = { link: VXLAN_LINK, because: [because] }
  const hardwareAddress = hardwareAddressOf(remote)
  return [
    neighbour({ ...at, address: linkLocalOf(remote), hardwareAddress }),
    fdbEntry({ ...at, hardwareAddress, remote }),
    nextHop({ ...at, id: vxlanHopId(site, member), via: linkLocalOf(remote) }),
  ]
}

/** The member's next-hop object; it serves routes of both families. */
export const vxlanTarget = (site: PlannedSite, member: PlannedNode): RouteTarget | undefined =>
  underlayAddress(member.node) && { kind: 'next-hop-object', id: vxlanHopId(site, member) }

/** The id of the member's next-hop object. */
export const vxlanHopId = (site: PlannedSite, { node }: PlannedNode): number =>
  memo(site, 'member ids', () =>
    nextHopIds(
      NEXT_HOP_ID.member,
      site.nodes.map((member) => member.node.name),
    ),
  ).get(node.name) ?? NEXT_HOP_ID.member
