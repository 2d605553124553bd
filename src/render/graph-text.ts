// The network drawn for a terminal: double lines are what is encrypted between sites, single lines a site's own fabric.
import { countOf, isBehindNat, joinedSites, type Topology, type TopologyNode, type TopologySite } from './topology.ts'

export function renderGraphText(topology: Topology): string {
  const { network, sites, tunnels, notes } = topology
  const nodes = sites.flatMap((site) => site.nodes)
  const joined = joinedSites(topology)
  const isWhole = tunnels.length > 0 && [...joined.values()].every((others) => others.length === sites.length - 1)
  const counts = [countOf(sites.length, 'site'), countOf(nodes.length, 'node'), countOf(tunnels.length, 'tunnel')]
  const head = `network ${network}: ${counts.join(', ')}${isWhole ? ', every site to every other' : ''}`

  const formatNode = nodeFormatter(nodes)
  const branches = sites.map((site, index) => {
    const others = joined.get(site.name) ?? []
    return formatSite(site, {
      ways: isWhole ? '' : formatWays(site.name, others, topology),
      isJoined: others.length > 0,
      isLast: index === sites.length - 1,
      formatNode,
    })
  })
  const legend = nodes.some(({ isGateway }) => isGateway) ? ['', '◆ gateway of its site'] : []
  return [head, ...branches.flat(), ...legend, ...notes.map((note) => `! ${note}`), ''].join('\n')
}

type SiteDrawing = {
  /** To which sites it has tunnels, in words; empty where that is said for all. */
  readonly ways: string
  readonly isJoined: boolean
  readonly isLast: boolean
  readonly formatNode: (node: TopologyNode) => string
}

function formatSite(site: TopologySite, { ways, isJoined, isLast, formatNode }: SiteDrawing): string[] {
  const trunk = isLast ? ' ' : '║'
  const joint = isJoined ? (isLast ? '╚═' : '╠═') : isLast ? '╙╌' : '╟╌'
  const [first, ...rest] = site.nodes
  if (first !== undefined && rest.length === 0 && first.name === site.name) {
    const line = `${joint}${(isJoined ? '═' : '╌').repeat(3)}${formatNode(first)}`
    return [ways === '' ? line : `${line}  ${ways}`]
  }
  const words = [`fabric ${site.fabric}`, isBehindNat(site) ? 'behind NAT' : '', ways].filter(Boolean)
  return [
    '║',
    `${joint} ${site.name}  ${words.join(', ')}`,
    ...site.nodes.map((node, index) => `${trunk}  ${index === site.nodes.length - 1 ? '└' : '├'}─${formatNode(node)}`),
  ]
}

/** Past this many names of sites, only their number is told. */
const NAMED_SITES = 6

function formatWays(name: string, others: readonly string[], { sites }: Topology): string {
  if (sites.length < 2) return ''
  if (others.length === 0) return 'no tunnels'
  const missing = sites.map((site) => site.name).filter((site) => site !== name && !others.includes(site))
  if (missing.length === 0) return 'tunnels to every other site'
  if (others.length <= NAMED_SITES) return `tunnels to ${others.join(', ')}`
  if (missing.length <= NAMED_SITES) return `tunnels to every other site but ${missing.join(', ')}`
  const named = others.slice(0, NAMED_SITES)
  return `tunnels to ${named.join(', ')} and ${countOf(others.length - named.length, 'other')}`
}

/** Formats the nodes of a network so that their columns stand under each other. */
function nodeFormatter(nodes: readonly TopologyNode[]): (node: TopologyNode) => string {
  const widths = nodes
    .map(columnsOf)
    .reduce(
      (widest, columns) => columns.map((column, index) => Math.max(column.length, widest[index] ?? 0)),
      [] as readonly number[],
    )
  return (node) => {
    const columns = columnsOf(node).map((column, index) => column.padEnd(widths[index] ?? 0))
    const filled = columns.filter((_, index) => (widths[index] ?? 0) > 0)
    return `${node.isGateway ? '◆' : '─'} ${filled.join('  ')}`.trimEnd()
  }
}

const columnsOf = ({ name, isGateway, endpoint, privateAddresses, podPrefixes }: TopologyNode): readonly string[] => [
  name,
  privateAddresses.join(' '),
  endpoint ?? (isGateway ? 'behind NAT' : ''),
  podPrefixes.join(' '),
]
