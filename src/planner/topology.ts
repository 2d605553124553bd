// The plan as a picture would show it.
import { formatAddress, formatPrefix } from '../model/index.ts'
import type { Plan } from './plan.ts'
import { canMeet, isGateway } from './tunnels.ts'

/** Sites with their nodes, and the tunnels between them, as plain text data. */
export function topologyOf(plan: Plan) {
  const gateways = [...plan.sites.values()].flatMap((site) => site.gateways[0] ?? [])
  return {
    network: plan.network.name,
    sites: [...plan.sites.values()].map((site) => ({
      name: site.name,
      fabric: site.fabric.kind,
      nodes: site.nodes.map((planned) => ({
        name: planned.node.name,
        isGateway: isGateway(plan, planned),
        ...(planned.node.endpoint && { endpoint: endpointText(planned.node.endpoint) }),
        privateAddresses: planned.node.privateAddresses.map(({ address }) => formatAddress(address)),
        podPrefixes: planned.node.podPrefixes.map(formatPrefix),
      })),
    })),
    tunnels: gateways.flatMap((from, index) =>
      gateways
        .slice(index + 1)
        .filter((to) => canMeet(from, to))
        .map((to) => ({ from: from.node.name, to: to.node.name })),
    ),
    notes: plan.issues.map(({ message }) => message),
  }
}

const endpointText = ({
  host,
  port,
}: {
  readonly host: Parameters<typeof formatAddress>[0] | string
  readonly port: number
}): string => {
  const text = typeof host === 'string' ? host : formatAddress(host)
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`
}
