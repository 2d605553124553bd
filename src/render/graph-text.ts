// The network drawn for a terminal: double lines are what is encrypted between sites, single lines a site's own fabric.
import { relaySentences } from './graph-relays.ts'
import type { GraphOptions } from './graph-view.ts'
import {
  countOf,
  joinedSites,
  loneNode,
  sitesBehindNat,
  type Topology,
  type TopologyNode,
  type TopologySite,
} from './topology.ts'

/** With more members than this, a site only counts them. */
const MOST_MEMBERS = 12

export function renderGraphText(topology: Topology, { all = false }: GraphOptions = {}): string {
  const { network, sites, tunnels, notes } = topology
  const nodes = sites.flatMap((site) => site.nodes)
  const joined = joinedSites(topology)
  const hidden = sitesBehindNat(topology)
  const isWhole = tunnels.length > 0 && [...joined.values()].every((others) => others.length === sites.length - 1)
  const counts = [countOf(sites.length, 'site'), countOf(nodes.length, 'node'), countOf(tunnels.length, 'tunnel')]
  const head = `network ${network}: ${counts.join(', ')}${isWhole ? ', every site to every other' : ''}`

  const shown = new Map(sites.map((site) => [site.name, shownNodes(site, all)]))
  const formatNode = nodeFormatter([...shown.values()].flat(), sites.length > 1)
  const branches = sites.map((site, index) => {
    const others = joined.get(site.name) ?? []
    return formatSite(site, {
      shown: shown.get(site.name) ?? [],
      ways: isWhole ? '' : formatWays(site.name, others, topology),
      isBehindNat: hidden.has(site.name),
      isJoined: others.length > 0,
      isLast: index === sites.length - 1,
      formatNode,
    })
  })
  const said = [...relaySentences(topology), ...notes.map((note) => `! ${note}`)]
  return [head, ...branches.flat(), ...legendOf(nodes), ...said, ''].join('\n')
}

function shownNodes({ nodes }: TopologySite, all: boolean): readonly TopologyNode[] {
  const gateways = nodes.filter(({ isGateway }) => isGateway)
  return all || nodes.length - gateways.length <= MOST_MEMBERS ? nodes : gateways
}

type SiteDrawing = {
  readonly shown: readonly TopologyNode[]
  /** To which sites it has tunnels, in words; empty where that is said for all. */
  readonly ways: string
  readonly isBehindNat: boolean
  readonly isJoined: boolean
  readonly isLast: boolean
  readonly formatNode: (node: TopologyNode) => string
}

function formatSite(
  site: TopologySite,
  { shown, ways, isBehindNat, isJoined, isLast, formatNode }: SiteDrawing,
): string[] {
  const trunk = isLast ? ' ' : '║'
  const joint = isJoined ? (isLast ? '╚═' : '╠═') : isLast ? '╙╌' : '╟╌'
  const lone = loneNode(site)
  if (lone !== undefined) {
    const line = `${joint}${(isJoined ? '═' : '╌').repeat(3)}${formatNode(lone)}`
    return [ways === '' ? line : `${line}  ${ways}`]
  }
  const words = [`fabric ${site.fabric}`, isBehindNat ? 'behind NAT' : '', ways].filter(Boolean)
  const lines = [...shown.map(formatNode), ...foldedLine(site, shown)]
  return [
    '║',
    `${joint} ${site.name}  ${words.join(', ')}`,
    ...lines.map((line, index) => `${trunk}  ${index === lines.length - 1 ? '└' : '├'}─${line}`),
  ]
}

function foldedLine({ nodes }: TopologySite, shown: readonly TopologyNode[]): string[] {
  const folded = nodes.filter((node) => !shown.includes(node))
  const [first, last] = [folded[0], folded.at(-1)]
  if (first === undefined || last === undefined) return []
  return [`─ + ${countOf(folded.length, 'member')}  ${first.name} … ${last.name}`]
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
function nodeFormatter(nodes: readonly TopologyNode[], hasTunnels: boolean): (node: TopologyNode) => string {
  const hasSlots = nodes.some(({ slot = 1 }) => slot > 1)
  const columnsOf = (node: TopologyNode) => nodeColumns(node, hasSlots, hasTunnels)
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

const nodeColumns = (node: TopologyNode, hasSlots: boolean, hasTunnels: boolean): readonly string[] => {
  const { name, isGateway, slot = 1, endpoint, lan, privateAddresses, podPrefixes } = node
  return [
    name,
    hasSlots && isGateway ? `slot ${slot}` : '',
    privateAddresses.join(' '),
    lan === undefined || privateAddresses.includes(lan) ? '' : `lan ${lan}`,
    endpoint ?? (isGateway && hasTunnels ? 'behind NAT' : ''),
    podPrefixes.join(' '),
  ]
}

const legendOf = (nodes: readonly TopologyNode[]): readonly string[] =>
  nodes.some(({ isGateway }) => isGateway) ? ['', '◆ gateway of its site'] : []
