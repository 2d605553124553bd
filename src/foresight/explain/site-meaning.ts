// A site, or the network: who is in it, how it carries traffic, and what the other sites have of it.
import { formatPrefix } from '../../model/index.ts'
import type { Plan, PlannedSite } from '../../planner/index.ts'
import { countOf, listOf } from '../../render/index.ts'
import { fact } from './fact.ts'
import type { FoundMeaning } from './meaning.ts'

export function meaningOfSite(plan: Plan, site: PlannedSite): FoundMeaning {
  const { name, nodes, gateways, fabric, fabricBecause, resource } = site
  const members = new Set(nodes.map(({ node }) => node.name))
  const about = new Set([`Site/${name}`, ...[...members].map((member) => `Node/${member}`)])
  return {
    kind: 'site',
    is: `a site of ${countOf(nodes.length, 'node')}`,
    facts: [
      ...(resource === undefined
        ? []
        : [fact('resource', `what differs here from Network/${plan.network.name}`, `Site/${name}`)]),
      fact('nodes', listOf([...members], 8)),
      fact(
        gateways.length === 1 ? 'gateway' : 'gateways',
        gateways.length === 0
          ? 'none: it speaks to no other site'
          : listOf(
              gateways.map(({ node }) => node.name),
              8,
            ),
      ),
      fact(
        'fabric',
        `${fabric.kind}${ENCAPSULATES.has(fabric.kind) ? `, ${fabric.encapsulate}` : ''}`,
        fabricBecause.resource,
        fabricBecause.field,
      ),
      fact(
        'pods',
        listOf(
          nodes.flatMap(({ node }) => node.podPrefixes.map(formatPrefix)),
          8,
        ),
      ),
    ],
    search: {
      isWanted: (entry) => entry.because.some((because) => about.has(because.resource)),
      about,
    },
  }
}

const ENCAPSULATES: ReadonlySet<string> = new Set(['vxlan', 'ipip', 'wireguard'])

export function meaningOfNetwork({ network, sites, nodes }: Plan): FoundMeaning {
  const resource = `Network/${network.name}`
  return {
    kind: 'network',
    is: `the network: ${countOf(sites.size, 'site')}, ${countOf(nodes.size, 'node')}`,
    facts: [
      fact('pods', network.podPrefixes.map(formatPrefix).join(', ') || 'none of ours', resource, 'spec.podPrefixes'),
      fact(
        'services',
        network.servicePrefixes.map(formatPrefix).join(', ') || 'none',
        resource,
        'spec.servicePrefixes',
      ),
      ...(network.lan ? [fact('lan', formatPrefix(network.lan), resource, 'spec.lan')] : []),
      fact(
        'sites',
        `by ${network.sites.by}${network.sites.by === 'label' ? ` ${network.sites.label}` : ''}`,
        resource,
        'spec.sites',
      ),
      fact('fabric', network.fabric.kind, resource, 'spec.fabric'),
    ],
    search: { isWanted: (entry) => entry.because.some((because) => because.resource === resource) },
  }
}
