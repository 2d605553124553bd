// How large a pod's packet may be: the underlay's MTU less the worst overhead on any way it can take.
import { type Family, IPV6_MINIMUM_MTU } from '../model/index.ts'
import type { PlannedSite } from './site.ts'
import { DEFAULT_UNDERLAY_MTU, underlayOf } from './site-underlay.ts'

/** Bytes that each way adds to a packet, by the family of the addresses outside. */
const OVERHEAD_BYTES = {
  wireguard: { 4: 60, 6: 80 }, // 20 or 40 IP + 8 UDP + 32 WireGuard
  vxlan: { 4: 50, 6: 70 }, // 20 or 40 IP + 8 UDP + 8 VXLAN + 14 Ethernet
  ipip: { 4: 20, 6: 40 }, // IP; there is no device for 6
  direct: { 4: 0, 6: 0 },
  none: { 4: 0, 6: 0 },
} as const

/** What paths between sites take, however wide their ends are: no more is as good as certain in the internet. */
const PUBLIC_PATH_BYTES = 1500

export type Mtus = {
  readonly podBytes: number
  readonly tunnelBytes: number
  readonly vxlanBytes: number
  readonly ipipBytes: number
  /** Of the devices of fabric wireguard. */
  readonly fabricBytes: number
  /** What the narrowest way leaves for a pod's packet; less than `podBytes` where that would be too little for IPv6. */
  readonly leftBytes: number
  /** A node whose underlay is the narrowest of all. */
  readonly narrowestNode: string | undefined
}

/** One size for all pods of the network: the path between any two of them is then as wide as both their devices. */
export function planMtus(sites: Iterable<PlannedSite>, podFamilies: readonly Family[]): Mtus {
  let narrowestNode: string | undefined
  const underlay = { 4: Number.POSITIVE_INFINITY, 6: Number.POSITIVE_INFINITY }
  const tunnelFamilies = new Set<Family>()
  const fabricFamilies = { vxlan: new Set<Family>(), ipip: new Set<Family>(), wireguard: new Set<Family>() }
  let configured = Number.POSITIVE_INFINITY
  let isAuto = false
  let siteCount = 0
  let hasNames = false
  let hasBare = false
  for (const site of sites) {
    const own = underlayOf(site)
    siteCount++
    hasNames ||= own.hasNames
    hasBare ||= own.hasBare
    if (site.mtu === 'auto') isAuto = true
    else configured = Math.min(configured, site.mtu)
    const least = Math.min(own.leastBytes[4], own.leastBytes[6])
    if (least < underlay[4] && least < underlay[6]) narrowestNode = own.narrowestNode
    for (const family of [4, 6] as const) {
      underlay[family] = Math.min(underlay[family], own.leastBytes[family])
      if (own.hasEndpoint[family]) tunnelFamilies.add(family)
      const { kind } = site.fabric
      if (own.isWrapped[family] && kind !== 'direct' && kind !== 'none') fabricFamilies[kind].add(family)
    }
  }
  // Whoever resolves a name may get an IPv6 address, wherever there is an underlay of IPv6.
  if (hasNames) tunnelFamilies.add(4).add(underlay[6] === Number.POSITIVE_INFINITY ? 4 : 6)
  /** Without an address of the family its packets take the same links. */
  const underlayBytes = (family: Family): number =>
    [underlay[family], underlay[4], underlay[6]].find(Number.isFinite) ?? DEFAULT_UNDERLAY_MTU
  const over = (
    kind: keyof typeof OVERHEAD_BYTES,
    families: ReadonlySet<Family>,
    most = Number.POSITIVE_INFINITY,
  ): number =>
    Math.min(
      configured,
      ...[...(families.size > 0 ? families : [4 as const])].map(
        (family) => Math.min(underlayBytes(family), most) - OVERHEAD_BYTES[kind][family],
      ),
    )
  const ways = {
    tunnel: over('wireguard', tunnelFamilies, isAuto ? PUBLIC_PATH_BYTES : Number.POSITIVE_INFINITY),
    vxlan: over('vxlan', fabricFamilies.vxlan),
    ipip: over('ipip', fabricFamilies.ipip),
    fabric: over('wireguard', fabricFamilies.wireguard),
  }
  const taken = [
    ...(siteCount > 1 ? [ways.tunnel] : []),
    ...(fabricFamilies.vxlan.size > 0 ? [ways.vxlan] : []),
    ...(fabricFamilies.ipip.size > 0 ? [ways.ipip] : []),
    ...(fabricFamilies.wireguard.size > 0 ? [ways.fabric] : []),
    ...(hasBare ? [over('direct', new Set(podFamilies))] : []),
  ]
  const leftBytes = taken.length > 0 ? Math.min(...taken) : Math.min(configured, underlayBytes(4), underlayBytes(6))
  // The kernel takes IPv6, and with it the next hops of both families, off a device that is narrower.
  const atLeast = (mtu: number): number => Math.max(mtu, IPV6_MINIMUM_MTU)
  return {
    podBytes: podFamilies.includes(6) ? atLeast(leftBytes) : leftBytes,
    tunnelBytes: atLeast(ways.tunnel),
    vxlanBytes: atLeast(ways.vxlan),
    ipipBytes: ways.ipip,
    fabricBytes: atLeast(ways.fabric),
    leftBytes,
    narrowestNode,
  }
}
