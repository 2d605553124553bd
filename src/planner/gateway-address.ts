import { type Address, type Because, type Family, type Node, type NodeState, nthAddress } from '../model/index.ts'

/** The address by which a node speaks into the network: the first after the network address of its first pod prefix. */
export function gatewayAddress(node: Node, family: Family): Address | undefined {
  const prefix = node.podPrefixes.find((candidate) => candidate.family === family)
  return prefix && nthAddress(prefix, prefix.length === (family === 4 ? 32 : 128) ? 0 : 1)
}

export function gatewayAddresses(node: Node): NodeState['gatewayAddresses'] {
  const v4 = gatewayAddress(node, 4)
  const v6 = gatewayAddress(node, 6)
  return { ...(v4 && { 4: v4 }), ...(v6 && { 6: v6 }) }
}

export const gatewayAddressBecause = (node: Node): Because => ({
  resource: `Node/${node.name}`,
  field: 'spec.podPrefixes',
  rule: "the node's gateway address: reverse-path checks, ICMP errors and other people's NAT need one on every device",
})
