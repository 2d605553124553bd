// The ports that a cloud's NAT hands to the nodes behind it: one for each tunnel device that a node may have.
import type { Address, Lab, Node, World } from '../model/index.ts'
import { publicAddresses } from './public-address.ts'

/** UDP: what arrives for the one outside goes to the one inside, and leaves under it. */
export type PortForward = {
  readonly node: string
  readonly outside: Address
  readonly outsidePort: number
  readonly inside: Address
  readonly insidePort: number
}

export type PortForwardInput = {
  readonly world: Pick<World, 'network' | 'sites'>
  readonly lab: Pick<Lab, 'hosts'>
}

/** Of one node. An address of a family that the node does not have inside leads nowhere. */
export function portForwards(node: Node, { world, lab }: PortForwardInput): PortForward[] {
  const ports = endpointPorts(node, world)
  return publicAddresses(node, lab).flatMap((outside) => {
    const inside = node.privateAddresses.find(({ address }) => address.family === outside.family)
    return inside ? ports.map((pair) => ({ node: node.name, outside, inside: inside.address, ...pair })) : []
  })
}

// A device for each slot of those far away, whatever the node's own: the sites with most gateways decide.
function endpointPorts({ endpoint }: Node, { network, sites }: PortForwardInput['world']) {
  if (endpoint === undefined) return []
  const { port, ports } = endpoint
  // Who lists ports listens where everybody does, and the NAT maps; who lists none listens where it is reached.
  if (ports !== undefined)
    return ports.map((outsidePort, nth) => ({ outsidePort, insidePort: network.tunnel.port + nth }))
  const slots = Math.max(
    network.gatewaysPerSite,
    ...[...sites.values()].map(({ gatewaysPerSite = 1 }) => gatewaysPerSite),
  )
  return Array.from({ length: slots }, (_, nth) => ({ outsidePort: port + nth, insidePort: port + nth }))
}
