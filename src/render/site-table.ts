// A card as Graphviz's HTML-like table: the site's name, its gateways, then its members in a grid.
import type { GraphCard, GraphNode } from './graph-card.ts'
import { BEHIND_NAT, FAINT_INK, GATEWAY, type Look, MEMBER, SITE } from './graph-colours.ts'
import { countOf } from './topology.ts'

export function formatSiteTable(card: GraphCard): string {
  const { site, isLone, words, isBehindNat, gateways, members, folded } = card
  const [only] = [...gateways, ...members]
  if (isLone && only !== undefined) return formatNode(only)
  const rows = [
    `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4"><TR><TD ALIGN="LEFT"><FONT POINT-SIZE="13"><B> ${escapeMarkup(site)}</B></FONT>${small(` ${words} `)}</TD></TR></TABLE>`,
    ...gridRows(gateways.map(formatNode), Math.min(gateways.length, Math.max(1, columnsOf(members.length)))),
    ...gridRows(members.map(formatNode), columnsOf(members.length)),
    ...(folded === undefined ? [] : [formatFolded(folded)]),
  ]
  const look = isBehindNat ? dashedBox(BEHIND_NAT) : box(SITE)
  return `<TABLE CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" ${look}>${rows
    .map((row) => `\n    <TR><TD ALIGN="LEFT">${row}</TD></TR>`)
    .join('')}</TABLE>`
}

/** Nodes beside each other in a card: a cell is wider than high. */
export const columnsOf = (nodes: number): number => Math.max(1, Math.ceil(Math.sqrt(nodes * 0.7)))

/** Tables of one row each, side by side cells of one width where the rows are full. */
function gridRows(cells: readonly string[], columns: number): string[] {
  if (cells.length === 0) return []
  const rows = Array.from({ length: Math.ceil(cells.length / columns) }, (_, row) =>
    cells.slice(row * columns, (row + 1) * columns),
  )
  const lines = rows.map((row) => `<TR>${row.map((cell) => `\n      <TD>${cell}</TD>`).join('')}</TR>`)
  return [`<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="5" CELLPADDING="0">${lines.join('')}</TABLE>`]
}

function formatNode({ name, mark, lines, look }: GraphNode): string {
  const style = { gateway: box(GATEWAY), member: box(MEMBER), 'behind-nat': dashedBox(BEHIND_NAT) }[look]
  const ink = look === 'behind-nat' ? BEHIND_NAT.ink : GATEWAY.ink
  return [
    `<TABLE CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" ${style}>`,
    `<TR><TD ALIGN="LEFT"><B> ${escapeMarkup(name)}</B>${mark === '' ? '' : small(` ${mark} `, ink)}</TD></TR>`,
    ...lines.map((line) => `<TR><TD ALIGN="LEFT" CELLPADDING="0">${small(`   ${line}   `)}</TD></TR>`),
    '<TR><TD CELLPADDING="1"></TD></TR></TABLE>',
  ].join('')
}

function formatFolded({ count, first, last }: NonNullable<GraphCard['folded']>): string {
  const range = first === last ? first : `${first} … ${last}`
  return `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3"><TR><TD ALIGN="LEFT"><B> + ${countOf(count, 'member')}</B></TD></TR><TR><TD ALIGN="LEFT" CELLPADDING="0">${small(`   ${range}   `)}</TD></TR><TR><TD></TD></TR></TABLE>`
}

export const box = ({ fill, line }: Look): string => `BORDER="1" STYLE="ROUNDED" BGCOLOR="${fill}" COLOR="${line}"`
export const dashedBox = ({ fill, line }: Look): string =>
  `BORDER="1" STYLE="ROUNDED,DASHED" BGCOLOR="${fill}" COLOR="${line}"`

export const small = (text: string, colour: string = FAINT_INK): string =>
  `<FONT POINT-SIZE="9" COLOR="${colour}">${escapeMarkup(text)}</FONT>`

export const escapeMarkup = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
