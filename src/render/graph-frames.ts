// Many sites: frames of cards, and in words who reaches whom, because each tunnel for itself would be a black ball.
import type { GraphCard } from './graph-card.ts'
import type { GraphLink } from './graph-links.ts'
import { countOf } from './topology.ts'

/** Sites that can be called, or sites that cannot. */
export type GraphFrame = { readonly title: string; readonly isBehindNat: boolean; readonly cards: readonly GraphCard[] }

export type GraphFrames = {
  readonly frames: readonly GraphFrame[]
  /** What joins the two frames, where there are two. */
  readonly between?: string
}

export function framesOf(cards: readonly GraphCard[], links: readonly GraphLink[]): GraphFrames {
  const open = cards.filter(({ isBehindNat }) => !isBehindNat)
  const hidden = cards.filter(({ isBehindNat }) => isBehindNat)
  const hiddenNames = new Set(hidden.map(({ site }) => site))
  const tunnels = links.filter((link) => link.kind === 'tunnels')
  const among = tunnels.filter(({ from, to }) => !hiddenNames.has(from) && !hiddenNames.has(to))
  const between = tunnels.filter(({ from, to }) => hiddenNames.has(from) !== hiddenNames.has(to))
  const frames = [
    ...(open.length === 0
      ? []
      : [{ title: titleOf(open, among, hidden.length === 0), isBehindNat: false, cards: open }]),
    ...(hidden.length === 0
      ? []
      : [{ title: `${countOf(hidden.length, 'site')} behind NAT`, isBehindNat: true, cards: hidden }]),
  ]
  if (frames.length < 2) return { frames }
  const isWhole = between.length === open.length * hidden.length
  const toWhom = isWhole ? (open.length === 1 ? '' : ', each site to each') : ''
  return { frames, between: `${sumOf(between)}${toWhom}, opened from behind NAT` }
}

function titleOf(cards: readonly GraphCard[], tunnels: readonly TunnelsLink[], isAll: boolean): string {
  const [only, ...rest] = cards
  if (only !== undefined && rest.length === 0) return '1 site that can be called'
  const isWhole = tunnels.length === (cards.length * (cards.length - 1)) / 2
  if (!isWhole) return `${countOf(cards.length, 'site')}, ${sumOf(tunnels)}`
  return `${isAll ? 'every site' : `each of ${cards.length} sites`} reaches every other: ${sumOf(tunnels)}`
}

type TunnelsLink = Extract<GraphLink, { readonly kind: 'tunnels' }>

const sumOf = (tunnels: readonly TunnelsLink[]): string =>
  countOf(
    tunnels.reduce((sum, { count }) => sum + count, 0),
    'tunnel',
  )
