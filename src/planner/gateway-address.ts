// The address by which a node speaks into the network.
import {
  type Address,
  type Because,
  containsAddress,
  equalAddresses,
  type Fabric,
  type Family,
  type Network,
  type Node,
  type NodeState,
} from '../model/index.ts'

/** The first after the network address of a node's first pod prefix. */
export function podGatewayAddress(node: Node, family: Family): Address | undefined {
  const prefix = node.podPrefixes.find((candidate) => candidate.family === family)
  if (prefix === undefined) return undefined
  const { w0, w1, w2, w3, length } = prefix // without nthAddress: this is asked of every node, again and again
  return family === 4
    ? { family, w0: length === 32 ? w0 : w0 + 1, w1, w2, w3 }
    : { family, w0, w1, w2, w3: length === 128 ? w3 : w3 + 1 }
}

/** A machine's address in the virtual LAN: what `spec.lan` says, else the private address that lies inside the range. */
export function lanAddress(network: Network, node: Node): Address | undefined {
  const { lan } = network
  if (lan === undefined) return undefined
  return node.lan ?? node.privateAddresses.find(({ address }) => containsAddress(lan, address))?.address
}

/** What of a node's site decides by which addresses it speaks. */
type Place = {
  readonly network: Network
  readonly families: readonly Family[]
  readonly fabric: Pick<Fabric, 'kind'>
}

/**
 * In each family of the network: that of its pods' gateway; where it has no pods of ours (another plugin may have given the
 * address to one of its own), its address in the virtual LAN, else its private one.
 */
export function gatewayAddressesOf(place: Place, node: Node): NodeState['gatewayAddresses'] {
  const v4 = gatewayAddressIn(4, place, node)
  const v6 = gatewayAddressIn(6, place, node)
  if (v4 !== undefined) return v6 === undefined ? { 4: v4 } : { 4: v4, 6: v6 }
  return v6 === undefined ? {} : { 6: v6 }
}

function gatewayAddressIn(family: Family, { network, families, fabric }: Place, node: Node): Address | undefined {
  if (!families.includes(family)) return undefined
  const ofPods = fabric.kind === 'none' ? undefined : podGatewayAddress(node, family)
  if (ofPods !== undefined) return ofPods
  const lan = lanAddress(network, node)
  return lan?.family === family ? lan : node.privateAddresses.find(({ address }) => address.family === family)?.address
}

export const gatewayAddressBecause = (network: Network, node: Node, address: Address): Because => ({
  resource: `Node/${node.name}`,
  field: fieldOf(network, node, address),
  rule: "the node's gateway address: reverse-path checks, ICMP errors and other people's NAT need one on every device",
})

function fieldOf(network: Network, node: Node, address: Address): string {
  const index = node.privateAddresses.findIndex((own) => equalAddresses(own.address, address))
  if (index >= 0) return `spec.privateAddresses[${index}]`
  const lan = lanAddress(network, node)
  return lan !== undefined && equalAddresses(lan, address) ? 'spec.lan' : 'spec.podPrefixes'
}
