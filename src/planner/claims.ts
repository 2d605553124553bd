// What a node claims of the network's addresses, each with the field that asks for it.
import {
  type Address,
  type Because,
  containsAddress,
  equalAddresses,
  hostPrefix,
  type Network,
  type Node,
  type NodeState,
  type Prefix,
  parsePrefix,
} from '../model/index.ts'
import { lanAddress } from './gateway-address.ts'

export type Claim = {
  readonly prefix: Prefix
  readonly kind: 'pods' | 'lan' | 'private' | 'offered'
  /** It is an address of the underlay: inside its own site it is reached without us. */
  readonly isUnderlay: boolean
  readonly because: readonly Because[]
}

/**
 * `gatewayAddresses`: left out where no node of the network owns more than pods.
 * A private address counts where all are joined, or where the node has no other by which to speak in that family.
 */
export function claimsOf(
  network: Network,
  gatewayAddresses: NodeState['gatewayAddresses'] | undefined,
  node: Node,
): readonly Claim[] {
  const resource = `Node/${node.name}`
  const claims: Claim[] = []
  for (let index = 0; index < node.podPrefixes.length; index++) {
    const prefix = node.podPrefixes[index]
    if (prefix === undefined) continue
    const field = POD_FIELDS[index] ?? podField(index)
    claims.push({ prefix, kind: 'pods', isUnderlay: false, because: [{ resource, field, rule: 'owns the prefix' }] })
  }
  if (gatewayAddresses === undefined) return claims
  const lan = lanAddress(network, node)
  if (lan !== undefined)
    claims.push({
      prefix: hostPrefix(lan),
      kind: 'lan',
      isUnderlay: isPrivate(node, lan),
      because: [
        {
          resource,
          field: node.lan === undefined ? 'spec.privateAddresses' : 'spec.lan',
          rule: 'is its address in the virtual LAN',
        },
      ],
    })
  for (const [index, { address }] of node.privateAddresses.entries()) {
    const own = gatewayAddresses[address.family]
    const isJoined = network.joinPrivateAddresses || (own !== undefined && equalAddresses(own, address))
    if (!isJoined || (lan && equalAddresses(lan, address)) || isPublic(node, address)) continue
    claims.push({
      prefix: hostPrefix(address),
      kind: 'private',
      isUnderlay: true,
      because: [{ resource, field: `spec.privateAddresses[${index}]`, rule: 'is its private address, joined' }],
    })
  }
  for (const [index, prefix] of node.offeredPrefixes.entries())
    claims.push({
      prefix,
      kind: 'offered',
      isUnderlay: false,
      because: [{ resource, field: `spec.offeredPrefixes[${index}]`, rule: 'offers the network behind it' }],
    })
  return claims
}

const podField = (index: number): string => `spec.podPrefixes[${index}]`
/** Thousands of nodes have one or two pod prefixes, and one text will do for all. */
const POD_FIELDS: readonly string[] = [podField(0), podField(1)]

const isPrivate = (node: Node, address: Address): boolean =>
  node.privateAddresses.some((own) => equalAddresses(own.address, address))

/**
 * An address by which the tunnels themselves come is reached without them. What a name stands for, each node finds out for itself, and
 * this has to be the same for all: of a machine whose endpoint is a name, it is any address that is no private one.
 */
export const isPublic = ({ endpoint }: Node, address: Address): boolean =>
  endpoint !== undefined &&
  (typeof endpoint.host === 'string'
    ? !PRIVATE_USE.some((range) => containsAddress(range, address))
    : equalAddresses(endpoint.host, address))

/** RFC 1918, 6598 (behind a carrier's NAT), 3927, 4193, 4291. */
const PRIVATE_USE = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
].map(parsePrefix)
