// The network as a Mermaid flowchart, which GitHub and GitLab draw inside documents. Names stand only in labels: an id made of a
// name may be a word of the language.
import type { GraphCard, GraphNode } from './graph-card.ts'
import { BEHIND_NAT, GATEWAY, INK, type Look, MEMBER, RELAY, SITE } from './graph-colours.ts'
import type { GraphFrame } from './graph-frames.ts'
import type { GraphLink } from './graph-links.ts'
import { type GraphOptions, type GraphView, viewGraph } from './graph-view.ts'
import { countOf, type Topology } from './topology.ts'

export function renderGraphMermaid(topology: Topology, options: GraphOptions = {}): string {
  const { title, ways, captions } = viewGraph(topology, options)
  const lines = ways.kind === 'pairs' ? formatPairs(ways) : formatFrames(ways)
  return `${[
    '---',
    `title: ${JSON.stringify(title)}`,
    '---',
    `flowchart ${ways.kind === 'pairs' ? 'LR' : 'TB'}`,
    ...CLASSES,
    ...lines,
    ...(captions.length === 0 ? [] : [`  captions[${label(captions)}]:::captions`]),
  ].join('\n')}\n`
}

// A class would be the shorter way, and does not reach a subgraph.
const styleOf = (id: string, isBehindNat: boolean): string => {
  const { fill, line } = isBehindNat ? BEHIND_NAT : SITE
  return `  style ${id} fill:${fill},stroke:${line},color:${INK}${isBehindNat ? ',stroke-dasharray:5' : ''}`
}

const classOf = (name: string, { fill, line }: Look, rest = ''): string =>
  `  classDef ${name} fill:${fill},stroke:${line},color:${INK}${rest}`

const CLASSES: readonly string[] = [
  classOf('nat', BEHIND_NAT, ',stroke-dasharray:5'),
  classOf('gateway', GATEWAY),
  classOf('member', MEMBER),
  '  classDef captions fill:transparent,stroke:transparent',
]

function formatPairs({ cards, links }: Extract<GraphView['ways'], { readonly kind: 'pairs' }>): string[] {
  const ids = new Map(cards.map(({ site }, index) => [site, `s${index}`]))
  const idOf = (site: string): string => ids.get(site) ?? site
  return [
    ...cards.flatMap((card) => formatCard(card, idOf(card.site))),
    ...links.map((link) => formatLink(link, idOf(link.from), idOf(link.to))),
    ...formatLinkStyles(links),
  ]
}

function formatLinkStyles(links: readonly GraphLink[]): string[] {
  const numbers = Map.groupBy(links.keys(), (index) => lookOf(links[index]).line)
  return [...numbers].map(([line, indexes]) => `  linkStyle ${indexes.join(',')} stroke:${line}`)
}

/** Beyond this many members, one box names them all: boxes inside a subgraph stand in one long row. */
const BOXED_MEMBERS = 4

function formatCard(card: GraphCard, id: string): string[] {
  const { site, isLone, words, isBehindNat, gateways, members, folded } = card
  const [only] = [...gateways, ...members]
  if (isLone && only !== undefined) return [`  ${formatNode(only, id)}`]
  const isListed = members.length > BOXED_MEMBERS
  const boxed = isListed ? gateways : [...gateways, ...members]
  const listed = folded === undefined ? (isListed ? members.map(memberLine) : []) : foldedLines(folded)
  return [
    `  subgraph ${id}[${label([`${site}, ${words}`])}]`,
    ...boxed.map((node, index) => `    ${formatNode(node, `${id}n${index}`)}`),
    ...(listed.length === 0 ? [] : [`    ${id}m[${label(listed)}]:::member`]),
    '  end',
    styleOf(id, isBehindNat),
  ]
}

const memberLine = ({ name, lines: [first] }: GraphNode): string => (first === undefined ? name : `${name}, ${first}`)

const formatNode = ({ name, mark, lines, look }: GraphNode, id: string): string =>
  `${id}[${label([mark === '' ? name : `${name}: ${mark}`, ...lines])}]:::${look === 'behind-nat' ? 'nat' : look}`

// A plus at the front would begin a list.
const foldedLines = ({ count, first, last }: NonNullable<GraphCard['folded']>): readonly string[] => [
  countOf(count, 'more member'),
  first === last ? first : `${first} … ${last}`,
]

function formatLink(link: GraphLink, from: string, to: string): string {
  if (link.kind === 'relay') return `  ${from} -. ${label([`through ${link.through}`])} .- ${to}`
  const line = link.opener === 'from' ? '==>' : '==='
  return `  ${from} ${line}${link.count > 1 ? `|${label([countOf(link.count, 'tunnel')])}|` : ''} ${to}`
}

const lookOf = (link: GraphLink | undefined): Look =>
  link?.kind === 'relay' ? RELAY : link?.opener === 'from' ? BEHIND_NAT : GATEWAY

/** Beyond this many sites in a frame, a box is a column of names: Mermaid draws at most 500 lines, also unseen ones. */
const BOXED_SITES = 100

function formatFrames({ frames, between }: Extract<GraphView['ways'], { readonly kind: 'frames' }>): string[] {
  const lines = frames.flatMap((frame, index) => formatFrame(frame, `f${index}`))
  if (between === undefined) return lines
  const unseen = lines.join().split(UNSEEN).length - 1
  return [...lines, `  f1 ==>|${label([between])}| f0`, `  linkStyle ${unseen} stroke:${BEHIND_NAT.line}`]
}

/** Puts boxes beside each other; without it all would stand in one column. */
const UNSEEN = ' ~~~ '

function formatFrame({ title, isBehindNat, cards }: GraphFrame, id: string): string[] {
  const look = isBehindNat ? 'nat' : 'gateway'
  const across = Math.ceil(Math.sqrt(cards.length))
  const runs = Array.from({ length: Math.ceil(cards.length / across) }, (_, run) =>
    cards.slice(run * across, (run + 1) * across),
  )
  const box = (name: string, lines: readonly string[]) => `${id}${name}[${label(lines)}]:::${look}`
  const rows =
    cards.length > BOXED_SITES
      ? [
          runs.map((run, column) =>
            box(
              `c${column}`,
              run.map(({ site }) => site),
            ),
          ),
        ]
      : runs.map((run, row) => run.map((card, column) => box(`r${row}c${column}`, siteLines(card))))
  return [
    `  subgraph ${id}[${label([title])}]`,
    '    direction LR',
    ...rows.map((row) => `    ${row.join(UNSEEN)}`),
    '  end',
    styleOf(id, isBehindNat),
  ]
}

function siteLines({ site, isLone, words, gateways, members, folded }: GraphCard): readonly string[] {
  const [gateway] = gateways
  if (isLone) return [site, ...(gateway?.lines ?? [])]
  const count = gateways.length + members.length + (folded?.count ?? 0)
  return [site, words, countOf(count, 'node')]
}

/** Mermaid takes HTML in quotes, and entities with a number sign. */
const label = (lines: readonly string[]): string => `"${lines.map(escapeLabel).join('<br/>')}"`

const escapeLabel = (text: string): string =>
  text.replace(/[#&<>"`\\]/g, (sign) => `#${sign.charCodeAt(0)};`).replace(/\s+/g, ' ')
