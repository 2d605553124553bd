// A node's namespace and its one link into its cloud: what a rented machine has when it first starts.
import { createNamespace, writeSysctl } from '../linux/index.ts'
import { setIpv6Mtu } from './ipv6-mtu.ts'
import type { NodeLayout } from './layout.ts'
import { EVERYWHERE, setUpHost, type Within, within } from './within.ts'

/** After its cloud. */
export async function buildNode(cloudNamespace: string, node: NodeLayout): Promise<void> {
  createNamespace(node.namespace)
  await within(node.namespace, async (own) => {
    setUpHost(own)
    await within(cloudNamespace, ({ netlink }) =>
      netlink.addVethPair({
        name: node.port,
        peer: 'eth0',
        peerNamespace: own.namespace,
        mtuBytes: node.mtuBytes,
        master: node.bridge,
        addressGeneration: 'none',
      }),
    )
    takeAdvertisedRoute(own, node)
    own.netlink.setLink('eth0', { isUp: true })
    for (const { address, length } of node.addresses) own.netlink.addAddress('eth0', address, length)
    for (const { address, subnet, onlink } of node.gateways)
      own.netlink.addRoute({ to: EVERYWHERE[subnet.family], via: address, link: 'eth0', onlink })
    const { ipv6MtuBytes } = node
    if (ipv6MtuBytes === undefined) return
    await within(cloudNamespace, (cloud) => setIpv6Mtu(cloud, node.bridge, ipv6MtuBytes))
    // Who is told of it by advertisements must find it there.
    if (!node.takesAdvertisedRoute) await setIpv6Mtu(own, 'eth0', ipv6MtuBytes)
  })
}

// As a distribution leaves it for a machine whose address is configured: the route is learned, the address is not. No
// second is waited before the first question, and what has expired is taken away within a second, not within thirty.
function takeAdvertisedRoute({ namespace }: Within, { takesAdvertisedRoute }: NodeLayout): void {
  if (!takesAdvertisedRoute) return
  const settings = { accept_ra: '1', autoconf: '0', router_solicitation_delay: '0' }
  for (const [name, value] of Object.entries(settings)) writeSysctl(namespace, `net/ipv6/conf/eth0/${name}`, value)
  writeSysctl(namespace, 'net/ipv6/route/gc_interval', '1')
}
