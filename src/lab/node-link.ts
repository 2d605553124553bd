// A node's namespace and its one link into its cloud: what a rented machine has when it first starts.
import { createNamespace } from '../linux/index.ts'
import type { NodeLayout } from './layout.ts'
import { EVERYWHERE, setUpHost, within } from './within.ts'

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
    own.netlink.setLink('eth0', { isUp: true })
    for (const { address, length } of node.addresses) own.netlink.addAddress('eth0', address, length)
    for (const { address, subnet, onlink } of node.gateways)
      own.netlink.addRoute({ to: EVERYWHERE[subnet.family], via: address, link: 'eth0', onlink })
  })
}
