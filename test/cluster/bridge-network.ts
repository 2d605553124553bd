// The stock bridge as the network plugin of a test cluster: each node its own, and routes between the nodes of a cloud. What is between
// clouds stays apart. The cloud must not check sources.
import type { Cluster } from './cluster.ts'
import type { ClusterNode } from './cluster-node.ts'

type NodeObject = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly podCIDRs?: readonly string[] }
}

/**
 * On the nodes that have joined. Those of one family keep pods to that: routes want an address of the node to lead to.
 * `mtuBytes`: of the bridge and its pods; left out, what the plugin takes.
 */
export async function installBridge({ get, nodes, underlay }: Cluster, mtuBytes?: number): Promise<void> {
  const { items } = await get<{ items: NodeObject[] }>('nodes')
  const prefixesOf = (name: string): readonly string[] =>
    items.find(({ metadata }) => metadata.name === name)?.spec.podCIDRs ?? []
  for (const node of nodes.values()) {
    await node.run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1')
    const prefixes = prefixesOf(node.name).filter((prefix) => gatewayTo(prefix, node) !== undefined)
    for (const other of nodes.values()) {
      if (other.cloud !== node.cloud || other.name === node.name) continue
      for (const prefix of prefixesOf(other.name)) {
        const gateway = gatewayTo(prefix, other)
        if (gateway !== undefined) await node.run('ip', 'route', 'replace', prefix, 'via', gateway)
      }
    }
    await node.tryRun('nft', 'delete', 'table', 'inet', 'bridge-network')
    await node.run('nft', masquerade(underlay.podPrefixes))
    await node.write('/etc/cni/net.d/10-bridge.conflist', JSON.stringify(conflist(prefixes, mtuBytes)))
  }
}

const gatewayTo = (prefix: string, { privateAddresses }: ClusterNode): string | undefined =>
  privateAddresses.find((address) => address.includes(':') === prefix.includes(':'))

// The plugin's own masquerade would hide pods from those of other nodes too.
const masquerade = (podPrefixes: readonly string[]): string => {
  const rules = podPrefixes.map((prefix) => {
    const word = prefix.includes(':') ? 'ip6' : 'ip'
    return `${word} saddr ${prefix} ${word} daddr != ${prefix} masquerade`
  })
  const chain = ['type nat hook postrouting priority srcnat', ...rules].join('\n')
  return `table inet bridge-network {\nchain out {\n${chain}\n}\n}`
}

const conflist = (prefixes: readonly string[], mtuBytes: number | undefined): object => ({
  cniVersion: '1.0.0',
  name: 'bridge',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      hairpinMode: true,
      ipMasq: false,
      ...(mtuBytes !== undefined && { mtu: mtuBytes }),
      ipam: {
        type: 'host-local',
        ranges: prefixes.map((subnet) => [{ subnet }]),
        routes: prefixes.map((prefix) => ({ dst: prefix.includes(':') ? '::/0' : '0.0.0.0/0' })),
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
})
