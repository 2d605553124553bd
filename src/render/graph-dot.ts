// The network as a Graphviz graph: each site a card with a cell for each node, tunnels from gateway to gateway. Cards keep
// a site together under every layout engine, which clusters do not, and circo puts them on a circle, where no tunnel runs through a card.
// All text stands on a fill of its own and lines are of a middle tone, so that it reads on white and on black.
import {
  countOf,
  isBehindNat,
  joinedSites,
  type Topology,
  type TopologyNode,
  type TopologySite,
  type TopologyTunnel,
} from './topology.ts'

const INK = '#1f2937'
const FAINT_INK = '#64748b'
/** Stands on the page itself, whatever its colour. */
const CAPTION_INK = '#738199'
const CARD = { fill: '#f1f5f9', line: '#94a3b8' }
const NAT_CARD = { fill: '#fdf4e3', line: '#d99a2b' }
const NODE = { fill: '#ffffff', line: '#cbd5e1' }
const GATEWAY = { fill: '#d9f2ea', line: '#12947a' }

/** One name, because Graphviz knows the widths of this font and of no list; DejaVu Sans, which Linux puts in its place, is as wide. */
const FONT = 'fontname=Verdana'

/** Beyond this many sites a full mesh is drawn as a star: each tunnel for itself would be a black ball. */
const SITES_OF_DRAWN_MESH = 6

export function renderGraphDot(topology: Topology): string {
  const { network, sites, tunnels } = topology
  const places = new Map(sites.flatMap((site) => site.nodes.map((node) => [node.name, { site, node }] as const)))
  const isStar = sites.length > SITES_OF_DRAWN_MESH && isFullMesh(topology)
  return `${[
    `graph ${quote(network)} {`,
    `  graph [layout=${isStar ? 'twopi ranksep=1.2 overlap=prism overlap_scaling=-1.1 splines=line' : 'circo mindist=1.8'} pad=0.3 outputorder=edgesfirst bgcolor=transparent`,
    `    ${FONT} fontsize=11 fontcolor=${quote(CAPTION_INK)} labelloc=b label=${quote(captionOf(topology))}]`,
    `  node [shape=plain ${FONT} fontsize=11 fontcolor=${quote(INK)}]`,
    `  edge [color=${quote(GATEWAY.line)} penwidth=1.6]`,
    ...sites.map(formatCard),
    ...(isStar ? starOf(topology) : tunnels.map((tunnel) => formatTunnel(tunnel, places))),
    '}',
  ].join('\n')}\n`
}

function captionOf({ network, sites, tunnels, notes }: Topology): string {
  const nodes = sites.reduce((sum, site) => sum + site.nodes.length, 0)
  const counts = [countOf(sites.length, 'site'), countOf(nodes, 'node'), countOf(tunnels.length, 'tunnel')]
  const arrows = tunnels.length > 0 && sites.some(isBehindNat) ? ['dashed: opened by the side behind NAT'] : []
  return [`network ${network}: ${counts.join(', ')}`, ...arrows, ...notes].join('\n')
}

/** True if all sites meet but those of which neither can be called. */
function isFullMesh(topology: Topology): boolean {
  const joined = joinedSites(topology)
  const hidden = new Set(topology.sites.filter(isBehindNat).map(({ name }) => name))
  return topology.sites.every(({ name }) => {
    const mayMiss = hidden.has(name) ? hidden.size - 1 : 0
    return (joined.get(name)?.length ?? 0) >= topology.sites.length - 1 - mayMiss
  })
}

/** Nodes beside each other in a card: a cell is wider than high. */
const columnsOf = (nodes: number): number => Math.max(1, Math.ceil(Math.sqrt(nodes * 0.7)))

/** A site's card: its name, its gateways over the whole width, then its other nodes in a grid. */
function formatCard(site: TopologySite): string {
  const behindNat = isBehindNat(site)
  const [only] = site.nodes
  if (only !== undefined && site.nodes.length === 1 && only.name === site.name) {
    return `  ${cardOf(site)} [label=<${formatNode(only, behindNat)}>]`
  }
  const gateways = site.nodes.filter(({ isGateway }) => isGateway)
  const members = site.nodes.filter(({ isGateway }) => !isGateway)
  const columns = columnsOf(members.length)
  const across = (cell: string) => `    <TR><TD COLSPAN="${columns}" ALIGN="LEFT">${cell}</TD></TR>`
  const rows = Array.from({ length: Math.ceil(members.length / columns) }, (_, row) =>
    members.slice(row * columns, (row + 1) * columns).map((node) => `<TD>${formatNode(node)}</TD>`),
  )
  const words = ` fabric ${site.fabric}${behindNat ? ', behind NAT' : ''}`
  return [
    `  ${cardOf(site)} [label=<`,
    `  <TABLE CELLBORDER="0" CELLSPACING="5" CELLPADDING="0" ${behindNat ? dashedBox(NAT_CARD) : box(CARD)}>`,
    across(`<FONT POINT-SIZE="13"><B>${escapeMarkup(site.name)}</B></FONT>${small(words)}`),
    ...gateways.map((node) => across(formatNode(node))),
    ...rows.map((cells) => `    <TR>${cells.join('')}</TR>`),
    '  </TABLE>>]',
  ].join('\n')
}

function formatNode(node: TopologyNode, isWholeSiteBehindNat = false): string {
  const { name, isGateway, privateAddresses, podPrefixes, endpoint } = node
  const words = isWholeSiteBehindNat
    ? small(' behind NAT', NAT_CARD.line)
    : isGateway
      ? small(' gateway', GATEWAY.line)
      : ''
  const lines = [
    ...privateAddresses,
    ...podPrefixes,
    ...(isGateway && endpoint !== undefined ? [`at ${endpoint}`] : []),
  ]
  const look = isWholeSiteBehindNat ? dashedBox(NAT_CARD) : box(isGateway ? GATEWAY : NODE)
  return [
    `<TABLE CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" ${look}>`,
    `<TR><TD ALIGN="LEFT"><B> ${escapeMarkup(name)}</B>${words}</TD></TR>`,
    ...lines.map((line) => `<TR><TD ALIGN="LEFT" CELLPADDING="0">${small(`   ${line}   `)}</TD></TR>`),
    '<TR><TD CELLPADDING="1"></TD></TR></TABLE>',
  ].join('')
}

type Colours = { readonly fill: string; readonly line: string }

const box = ({ fill, line }: Colours): string => `BORDER="1" STYLE="ROUNDED" BGCOLOR="${fill}" COLOR="${line}"`
const dashedBox = ({ fill, line }: Colours): string =>
  `BORDER="1" STYLE="ROUNDED,DASHED" BGCOLOR="${fill}" COLOR="${line}"`

const small = (text: string, colour = FAINT_INK): string =>
  `<FONT POINT-SIZE="9" COLOR="${colour}">${escapeMarkup(text)}</FONT>`

const cardOf = ({ name }: TopologySite): string => quote(`site ${name}`)

type Place = { readonly site: TopologySite; readonly node: TopologyNode }

function formatTunnel({ from, to }: TopologyTunnel, places: ReadonlyMap<string, Place>): string {
  const [tail, head] = [places.get(from), places.get(to)]
  if (tail === undefined || head === undefined) return `  // ${quote(from)} -- ${quote(to)}: a node that is in no site`
  const opener = tail.node.endpoint === undefined ? 'forward' : head.node.endpoint === undefined ? 'back' : 'either'
  return `  ${cardOf(tail.site)} -- ${cardOf(head.site)}${opener === 'either' ? '' : openedBy(opener)}`
}

/** A gateway behind NAT cannot be called: the arrow starts there. */
const openedBy = (end: 'forward' | 'back'): string => ` [dir=${end} style=dashed color=${quote(NAT_CARD.line)}]`

function starOf({ sites, tunnels }: Topology): string[] {
  const hub = quote('every tunnel')
  const hidden = sites.filter(isBehindNat).length
  const lines = ['every site to every other', countOf(tunnels.length, 'tunnel')]
  if (hidden > 1) lines.splice(1, 0, 'but those behind NAT to each other')
  const look = `shape=ellipse style=filled fillcolor=${quote(GATEWAY.fill)} color=${quote(GATEWAY.line)}`
  return [
    `  graph [root=${hub}]`,
    `  ${hub} [${look} label=${quote(lines.join('\n'))}]`,
    ...sites.map((site) => `  ${hub} -- ${cardOf(site)}${isBehindNat(site) ? openedBy('back') : ''}`),
  ]
}

/** A DOT string; backslashes would begin an escape of Graphviz's own. */
const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`

const escapeMarkup = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
