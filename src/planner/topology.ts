// The plan as a picture would show it.
import { type Endpoint, formatAddress, formatEndpoint, formatPrefix } from '../model/index.ts'
import { lanAddress } from './gateway-address.ts'
import type { Plan } from './plan.ts'
import { canMeet, relayedPairs } from './reach.ts'
import type { PlannedNode } from './site.ts'

/** Sites with their nodes, the tunnels between them, and who relays for whom, as plain text data. */
export function topologyOf(plan: Plan) {
  const sites = [...plan.sites.values()]
  return {
    network: plan.network.name,
    sites: sites.map(({ name, fabric, nodes }) => ({
      name,
      fabric: fabric.kind,
      nodes: nodes.map((planned) => nodeOf(plan, planned)),
    })),
    tunnels: sites.flatMap(({ gateways }, index) =>
      sites
        .slice(index + 1)
        .flatMap((far) =>
          gateways.flatMap((from) =>
            far.gateways.filter((to) => canMeet(from, to)).map((to) => ({ from: from.node.name, to: to.node.name })),
          ),
        ),
    ),
    relays: relayedPairs(plan).flatMap(({ sites: [one, other], through }) =>
      through === undefined ? [] : [{ sites: [one.name, other.name] as const, through: through.name }],
    ),
    notes: plan.issues.map(({ message }) => message),
  }
}

function nodeOf(plan: Plan, { node, isGateway, slot }: PlannedNode) {
  const lan = lanAddress(plan.network, node)
  return {
    name: node.name,
    isGateway,
    ...(isGateway && { slot }),
    ...(node.endpoint && { endpoint: endpointText(node.endpoint) }),
    privateAddresses: node.privateAddresses.map(({ address }) => formatAddress(address)),
    podPrefixes: node.podPrefixes.map(formatPrefix),
    ...(lan && { lan: formatAddress(lan) }),
  }
}

const endpointText = ({
  host,
  port,
}: {
  readonly host: Endpoint['address'] | string
  readonly port: number
}): string => (typeof host === 'string' ? `${host}:${port}` : formatEndpoint({ address: host, port }))
