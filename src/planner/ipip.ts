// Fabric `ipip` (RFC 2003): one device without a remote; each route names the far machine. Carries IPv4 in IPv4 only.
import { type Entry, type Family, IPIP_LINK, link, MARK, type RouteTarget } from '../model/index.ts'
import type { Plan } from './plan.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { addressesOn } from './tunnels.ts'
import { privateAddress } from './underlay-address.ts'

export function planIpipDevice(plan: Plan, site: PlannedSite, planned: PlannedNode): readonly Entry[] {
  const local = privateAddress(planned.node, 4)
  if (local === undefined) return []
  return [
    link({
      name: IPIP_LINK,
      type: { kind: 'ipip', local: local.address, mark: MARK },
      mtuBytes: plan.mtus.ipipBytes,
      because: [site.fabricBecause],
    }),
    ...addressesOn(site, planned, IPIP_LINK),
  ]
}

export function ipipTarget(members: readonly PlannedNode[], family: Family): RouteTarget | undefined {
  if (family !== 4) return undefined
  const hops = members.flatMap(({ node }) => {
    const far = privateAddress(node, 4)
    return far === undefined ? [] : [{ via: far.address, link: IPIP_LINK, onlink: true as const }]
  })
  return hops.length === 0 ? undefined : { kind: 'via', hops }
}
