// How large a pod's packet may be: the underlay's MTU less the worst overhead on any way it can take.
import { type Family, IPV6_MINIMUM_MTU } from '../model/index.ts'
import type { PlannedSite } from './site.ts'

/** Bytes that each way adds to a packet, by the family of the addresses outside. */
const OVERHEAD_BYTES = {
  wireguard: { 4: 60, 6: 80 }, // 20 or 40 IP + 8 UDP + 32 WireGuard
  vxlan: { 4: 50, 6: 70 }, // 20 or 40 IP + 8 UDP + 8 VXLAN + 14 Ethernet
} as const

/** Taken for the underlay of nodes that have not said theirs. */
const DEFAULT_UNDERLAY_MTU = 1500

export type Mtus = {
  readonly podBytes: number
  readonly tunnelBytes: number
  readonly vxlanBytes: number
  /** What the narrowest way leaves for a pod's packet; less than `podBytes` where that would be too little for IPv6. */
  readonly leftBytes: number
  /** A node whose underlay is the narrowest of all. */
  readonly narrowestNode: string | undefined
}

/** One size for all pods of the network: the path between any two of them is then as wide as both their devices. */
export function planMtus(sites: Iterable<PlannedSite>, podFamilies: readonly Family[]): Mtus {
  let narrowestNode: string | undefined
  let underlay = Number.POSITIVE_INFINITY
  let configured = Number.POSITIVE_INFINITY
  let siteCount = 0
  let hasVxlan = false
  let vxlanFamily: 4 | 6 = 4
  let tunnelFamily: 4 | 6 = 4
  for (const site of sites) {
    siteCount++
    if (site.mtu !== 'auto') configured = Math.min(configured, site.mtu)
    const isVxlan = site.fabric.kind === 'vxlan' && site.nodes.length > 1
    hasVxlan ||= isVxlan
    for (const { node, status } of site.nodes) {
      const own = status?.underlayMtuBytes ?? DEFAULT_UNDERLAY_MTU
      if (own < underlay) {
        underlay = own
        narrowestNode = node.name
      }
      if (node.endpoint !== undefined && typeof node.endpoint.host !== 'string' && node.endpoint.host.family === 6)
        tunnelFamily = 6
      if (isVxlan && !node.privateAddresses.some(({ address }) => address.family === 4)) vxlanFamily = 6
    }
  }
  const tunnelBytes = Math.min(underlay - OVERHEAD_BYTES.wireguard[tunnelFamily], configured)
  const vxlanBytes = Math.min(underlay - OVERHEAD_BYTES.vxlan[vxlanFamily], configured)
  const widest = Math.min(underlay, configured)
  const leftBytes = Math.min(widest, siteCount > 1 ? tunnelBytes : widest, hasVxlan ? vxlanBytes : widest)
  return {
    podBytes: podFamilies.includes(6) ? Math.max(leftBytes, IPV6_MINIMUM_MTU) : leftBytes,
    // The kernel takes IPv6, and with it the next hops of both families, off a device that is narrower.
    tunnelBytes: Math.max(tunnelBytes, IPV6_MINIMUM_MTU),
    vxlanBytes: Math.max(vxlanBytes, IPV6_MINIMUM_MTU),
    leftBytes,
    narrowestNode,
  }
}
