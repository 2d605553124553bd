// A cloud of a lab: its router with the wires of its nodes, its NAT and what it lets in.
import { createNamespace, openNftables, readSysctl, writeSysctl } from '../linux/index.ts'
import { FAMILY_BITS } from '../model/index.ts'
import { cloudFilterText } from './cloud-filter.ts'
import type { CloudLayout } from './cloud-layout.ts'
import { WAN } from './cloud-nat.ts'
import { setIpv6Mtu } from './ipv6-mtu.ts'
import type { NodeLayout } from './layout.ts'
import { EVERYWHERE, setUpRouter, type Within, within } from './within.ts'

/** After the internet, before its nodes. */
export async function buildCloud(internet: string, cloud: CloudLayout, nodes: readonly NodeLayout[]): Promise<void> {
  createNamespace(cloud.namespace)
  await within(cloud.namespace, async (opened) => {
    setUpRouter(opened)
    keepBridgesOut(opened)
    forgetInTime(opened, cloud)
    const nftables = openNftables(opened.namespace)
    try {
      await nftables.run(cloudFilterText(cloud, nodes))
    } finally {
      nftables.close()
    }
    for (const segment of cloud.segments) addWire(opened, cloud, segment)
    await within(internet, (outside) => joinInternet(opened, outside, cloud))
    if (hasIpv6(cloud) && cloud.ipv6MtuBytes !== undefined)
      await setIpv6Mtu(opened, WAN, Math.min(cloud.ipv6MtuBytes, cloud.wanMtuBytes))
  })
}

const hasIpv6 = ({ transit }: CloudLayout): boolean => transit.some(({ cloud }) => cloud.family === 6)

// br_netfilter would lead what stays on a wire through the router's NAT.
function keepBridgesOut({ namespace }: Within): void {
  for (const word of ['iptables', 'ip6tables', 'arptables']) {
    const key = `net/bridge/bridge-nf-call-${word}`
    if (readSysctl(namespace, key) !== undefined) writeSysctl(namespace, key, '0')
  }
}

/** Of a flow seen in one direction alone, and of one seen in both. */
const UDP_TIMEOUTS = ['nf_conntrack_udp_timeout', 'nf_conntrack_udp_timeout_stream']

function forgetInTime({ namespace }: Within, { natTimeoutSeconds }: CloudLayout): void {
  if (natTimeoutSeconds === undefined) return
  for (const name of UDP_TIMEOUTS) writeSysctl(namespace, `net/netfilter/${name}`, `${natTimeoutSeconds}`)
}

function addWire(
  { netlink }: Within,
  { mtuBytes }: CloudLayout,
  { bridge, gateways }: CloudLayout['segments'][number],
): void {
  netlink.addBridge({ name: bridge, mtuBytes })
  const standing = new Set<string>()
  for (const { address, subnet, onlink } of gateways) {
    const length = onlink ? FAMILY_BITS[subnet.family] : subnet.length
    const key = JSON.stringify(address)
    if (!standing.has(key)) netlink.addAddress(bridge, address, length)
    standing.add(key)
    if (onlink) netlink.addRoute({ to: subnet, link: bridge })
  }
}

function joinInternet({ netlink }: Within, outside: Within, cloud: CloudLayout): void {
  const { port, wanMtuBytes, transit, ownAddresses, publicPrefixes } = cloud
  netlink.addVethPair({ name: WAN, peer: port, peerNamespace: outside.namespace, mtuBytes: wanMtuBytes })
  outside.netlink.setLink(port, { isUp: true })
  for (const { internet, cloud: own, length } of transit) {
    netlink.addAddress(WAN, own, length)
    outside.netlink.addAddress(port, internet, length)
    netlink.addRoute({ to: EVERYWHERE[own.family], via: internet, link: WAN })
    for (const prefix of publicPrefixes.filter(({ family }) => family === own.family))
      outside.netlink.addRoute({ to: prefix, via: own, link: port })
  }
  for (const address of ownAddresses) netlink.addAddress(WAN, address, FAMILY_BITS[address.family])
}
