// What a Node of Kubernetes says of itself, its annotations first, as the MeshNode that the mesh plans with.
import { formatAddress, formatPrefix, type Network, type PrivateAddress } from '../model/index.ts'
import type { CoreNode } from './core-node.ts'
import { endpointFact } from './endpoint-fact.ts'
import { gatewayFact } from './gateway-fact.ts'
import { tryLenientPrefix } from './lenient-prefix.ts'
import type { MeshNodeSpec } from './mesh-node.ts'
import { offeredPrefixFact } from './offered-prefix-fact.ts'
import { privateAddressFact } from './private-address-fact.ts'
import { siteFact } from './site-fact.ts'

export type NodeFacts = {
  /** The label by which sites are made, or none. */
  readonly labels: Readonly<Record<string, string>>
  readonly spec: MeshNodeSpec
  /** Sentences: what was found where, what was expected, and what counts instead. */
  readonly problems: readonly string[]
}

/** `linkAddresses`: what the node's agent said of its links; undefined: nothing yet. */
export function nodeFacts(
  node: CoreNode,
  linkAddresses: readonly PrivateAddress[] | undefined,
  network: Network,
): NodeFacts {
  const site = siteFact(node, network)
  const privateAddresses = privateAddressFact(node, linkAddresses)
  const endpoint = endpointFact(node, network.tunnel.port, privateAddresses.value?.[0]?.address.family)
  const offeredPrefixes = offeredPrefixFact(node)
  const gateway = gatewayFact(node)
  const { sites } = network
  return {
    labels: sites.by === 'label' && site.value !== undefined ? { [sites.label]: site.value } : {},
    spec: {
      ...(sites.by === 'field' && site.value !== undefined && { site: site.value }),
      ...(privateAddresses.value && { privateAddresses: privateAddresses.value.map(formatPrivateAddress) }),
      ...(endpoint.value && { endpoint: endpoint.value }),
      ...(node.podPrefixes.length > 0 && { podPrefixes: node.podPrefixes.map(canonical) }),
      ...(offeredPrefixes.value && { offeredPrefixes: offeredPrefixes.value.map(formatPrefix) }),
      ...(gateway.value && gateway.value !== 'allow' && { gateway: gateway.value }),
    },
    problems: [site, privateAddresses, endpoint, offeredPrefixes, gateway].flatMap(({ problems }) => problems),
  }
}

const formatPrivateAddress = ({ address, length }: PrivateAddress): string => `${formatAddress(address)}/${length}`

/** Kubernetes took `FD00::1/64` as well. */
function canonical(text: string): string {
  const prefix = tryLenientPrefix(text)
  return prefix === undefined ? text : formatPrefix(prefix)
}
