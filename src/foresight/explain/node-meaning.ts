// A node: what is said of it, and what there is of it on the other nodes.
import { formatAddress, formatEndpoint, formatPrefix } from '../../model/index.ts'
import { gatewayAddressesOf, legsOf, ownedByNode, type Plan, type PlannedNode } from '../../planner/index.ts'
import { listOf } from '../../render/index.ts'
import { type Fact, fact } from './fact.ts'
import type { FoundMeaning } from './meaning.ts'

export function meaningOfNode(plan: Plan, planned: PlannedNode): FoundMeaning {
  const { node, publicKey, siteName, isGateway, slot } = planned
  const resource = `Node/${node.name}`
  return {
    kind: 'node',
    is: `a node of site ${siteName}${isGateway ? `, ${gatewayWords(plan, siteName, slot)}` : ''}`,
    facts: nodeFacts(plan, planned),
    search: {
      isWanted: (entry) =>
        entry.because.some((because) => because.resource === resource) ||
        (entry.kind === 'wireguard-peer' && entry.publicKey === publicKey),
      about: new Set([resource]),
    },
  }
}

const gatewayWords = (plan: Plan, siteName: string, slot: number): string =>
  (plan.sites.get(siteName)?.gateways.length ?? 0) > 1 ? `one of its gateways, in slot ${slot}` : 'its gateway'

function nodeFacts(plan: Plan, planned: PlannedNode): readonly Fact[] {
  const { node, publicKey } = planned
  const resource = `Node/${node.name}`
  const site = plan.sites.get(planned.siteName)
  const endpoint = node.endpoint
  return [
    fact('site', planned.siteName, resource, 'spec.site'),
    ...(planned.isGateway
      ? [fact('gateway', `${node.gateway}, holds slot ${planned.slot}`, resource, 'spec.gateway')]
      : []),
    endpoint === undefined
      ? fact('endpoint', 'none: behind NAT', resource)
      : fact(
          'endpoint',
          typeof endpoint.host === 'string'
            ? `${endpoint.host}:${endpoint.port}`
            : formatEndpoint({ address: endpoint.host, port: endpoint.port }),
          resource,
          'spec.endpoint',
        ),
    ...node.privateAddresses.map(({ address, length }, index) =>
      fact('private address', `${formatAddress(address)}/${length}`, resource, `spec.privateAddresses[${index}]`),
    ),
    ...(site === undefined
      ? []
      : [
          ...ownedByNode(site, planned).map(({ prefix, kind, because: [because] }) =>
            fact(OWNS[kind], formatPrefix(prefix), because?.resource, because?.field),
          ),
          fact(
            'gateway address',
            Object.values(gatewayAddressesOf(site, node)).map(formatAddress).join(', ') || 'none in the network',
          ),
        ]),
    fact('public key', publicKey.startsWith('?') ? `${publicKey}: not known yet` : publicKey),
    ...legFacts(plan, planned),
  ]
}

const OWNS = { pods: 'pods', lan: 'lan', private: 'joined', offered: 'offers' } as const

function legFacts(plan: Plan, planned: PlannedNode): readonly Fact[] {
  const legs = legsOf(plan, planned)
  return legs.length === 0
    ? []
    : [
        fact(
          'tunnels',
          `to ${listOf(
            legs.map(({ gateway }) => gateway.node.name),
            8,
          )}`,
        ),
      ]
}
