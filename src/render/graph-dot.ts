// The network as a Graphviz graph: each site a card, which keeps its nodes together under every layout engine, as clusters do not;
// circo puts cards on a circle, where no line runs through a card. Many sites are tables of cards.
import { placesOnCircle } from './card-circle.ts'
import type { GraphCard } from './graph-card.ts'
import { BEHIND_NAT, CAPTION_INK, GATEWAY, INK, type Look, RELAY, SITE } from './graph-colours.ts'
import type { GraphFrame } from './graph-frames.ts'
import type { GraphLink } from './graph-links.ts'
import { type GraphOptions, type GraphView, viewGraph } from './graph-view.ts'
import { box, dashedBox, escapeMarkup, formatSiteTable, small } from './site-table.ts'
import { countOf, type Topology } from './topology.ts'

/** One name, because Graphviz knows the widths of this font and of no list; DejaVu Sans, which Linux puts in its place, is as wide. */
const FONT = 'fontname=Verdana'

export function renderGraphDot(topology: Topology, options: GraphOptions = {}): string {
  const view = viewGraph(topology, options)
  const { network, ways } = view
  return `${[
    `graph ${quote(network)} {`,
    `  graph [${layoutOf(ways)} pad=0.3 outputorder=edgesfirst bgcolor=transparent`,
    `    ${FONT} fontsize=11 fontcolor=${quote(CAPTION_INK)} labelloc=b label=<${formatCaptions(view)}>]`,
    `  node [shape=plain ${FONT} fontsize=11 fontcolor=${quote(INK)}]`,
    `  edge [${FONT} fontsize=9 color=${quote(GATEWAY.line)} fontcolor=${quote(CAPTION_INK)} penwidth=2.4]`,
    ...(ways.kind === 'frames' ? formatFrames(ways) : formatPairs(ways)),
    '}',
  ].join('\n')}\n`
}

/** Beyond this many cards we put them on a circle ourselves: circo takes minutes over a thousand lines. */
const CARDS_OF_CIRCO = 12

/** Distances in inches: labels need room between the cards. */
function layoutOf(ways: GraphView['ways']): string {
  if (ways.kind === 'frames') return 'layout=dot ranksep=0.8'
  if (ways.cards.length > CARDS_OF_CIRCO) return 'layout=nop splines=line'
  const isLabelled = ways.links.some((link) => link.kind === 'relay' || isLabelledWith(link, commonCount(ways.links)))
  return `layout=circo mindist=${isLabelled ? 2.2 : 1.5}`
}

const isLabelledWith = (link: GraphLink, common: number | undefined): boolean =>
  link.kind === 'relay' || (link.count > 1 && link.count !== common)

/** How many tunnels each pair has, where all have as many: one line of the legend then says it. */
function commonCount(links: readonly GraphLink[]): number | undefined {
  const [count, ...others] = new Set(links.flatMap((link) => (link.kind === 'tunnels' ? [link.count] : [])))
  return others.length === 0 ? count : undefined
}

const formatPairs = ({ cards, links }: Extract<GraphView['ways'], { readonly kind: 'pairs' }>): string[] => {
  const common = commonCount(links)
  const places = cards.length > CARDS_OF_CIRCO ? placesOnCircle(cards) : []
  return [
    ...cards.map((card, index) => formatCard(card, places[index])),
    ...links.map((link) => formatLink(link, common)),
  ]
}

const formatCard = (card: GraphCard, place?: string): string =>
  `  ${siteId(card.site)} [${place === undefined ? '' : `pos=${quote(place)} `}label=<${formatSiteTable(card)}>]`

const siteId = (site: string): string => quote(`site ${site}`)

function formatLink(link: GraphLink, common: number | undefined): string {
  const ends = `  ${siteId(link.from)} -- ${siteId(link.to)}`
  if (link.kind === 'relay') {
    const label = pill(`through ${link.through}`, RELAY)
    return `${ends} [style=dashed penwidth=1.4 color=${quote(RELAY.line)} label=${label}]`
  }
  const look = link.opener === 'from' ? BEHIND_NAT : GATEWAY
  const words = [
    ...(link.opener === 'from' ? [`dir=forward color=${quote(look.line)}`] : []),
    ...(link.count > 1 ? ['penwidth=4'] : []),
    ...(isLabelledWith(link, common) ? [`label=${pill(countOf(link.count, 'tunnel'), look)}`] : []),
  ]
  return words.length === 0 ? ends : `${ends} [${words.join(' ')}]`
}

/** A label on a fill of its own: other lines may run under it. */
const pill = (text: string, look: Look): string =>
  `<<TABLE CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" ${box(look)}><TR><TD>${small(` ${text} `, look.ink)}</TD></TR></TABLE>>`

function formatFrames({ frames, between }: Extract<GraphView['ways'], { readonly kind: 'frames' }>): string[] {
  const lines = frames.map((frame, index) => `  ${frameId(index)} [label=<${formatFrame(frame)}>]`)
  if (between === undefined) return lines
  const look = `dir=back penwidth=4 color=${quote(BEHIND_NAT.line)}`
  return [...lines, `  ${frameId(0)} -- ${frameId(1)} [${look} label=${pill(between, BEHIND_NAT)}]`]
}

const frameId = (index: number): string => quote(`frame ${index}`)

/** A frame is wider than high: a lone machine's card is more than twice as wide as high, a site's is nearly a square. */
const columnsOf = (cards: readonly GraphCard[]): number =>
  Math.max(1, Math.ceil(Math.sqrt(cards.length * (cards.every(({ isLone }) => isLone) ? 0.75 : 1.2))))

function formatFrame({ title, isBehindNat, cards }: GraphFrame): string {
  const columns = columnsOf(cards)
  const rows = Array.from({ length: Math.ceil(cards.length / columns) }, (_, row) =>
    cards
      .slice(row * columns, (row + 1) * columns)
      .map((card) => `<TD>${formatSiteTable(card)}</TD>`)
      .join(''),
  )
  const head = `<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="15"><B>${escapeMarkup(title)}</B></FONT></TD></TR>`
  const grid = `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="6" CELLPADDING="0">${rows.map((row) => `\n  <TR>${row}</TR>`).join('')}</TABLE>`
  return `<TABLE CELLBORDER="0" CELLSPACING="6" CELLPADDING="2" ${isBehindNat ? dashedBox(BEHIND_NAT) : box(SITE)}>${head}<TR><TD>${grid}</TD></TR></TABLE>`
}

function formatCaptions({ title, ways, captions }: GraphView): string {
  const legend = ways.kind === 'pairs' ? legendOf(ways.links).join('    ') : ''
  const lines = [escapeMarkup(title), legend, ...captions.map(escapeMarkup)].filter(Boolean)
  return `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">${lines.map((line) => `<TR><TD>${line}</TD></TR>`).join('')}</TABLE>`
}

function legendOf(links: readonly GraphLink[]): string[] {
  const common = commonCount(links) ?? 1
  const stroke = (sign: string, { line }: Look) => `<FONT COLOR="${line}">${sign}</FONT>`
  return [
    ...(common > 1 ? [`${stroke('━━', GATEWAY)} ${countOf(common, 'tunnel')}`] : []),
    ...(links.some((link) => link.kind === 'tunnels' && link.opener === 'from')
      ? [`${stroke('━▶', BEHIND_NAT)} opened by the side behind NAT`]
      : []),
    ...(links.some(({ kind }) => kind === 'relay') ? [`${stroke('╌╌', RELAY)} no tunnel, through a third site`] : []),
  ]
}

/** A DOT string; backslashes would begin an escape of Graphviz's own. */
const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`
