// What stops working when any one gateway is lost, as people read it.
import { countOf, listOf } from '../../render/index.ts'
import { type Paint, PLAIN, paintIssues } from '../paint.ts'
import type { GatewayLoss } from './without-gateways.ts'

const MOST_GATEWAYS = 10
const MOST_NAMES = 6

export function gatewaysText(losses: readonly GatewayLoss[], paint: Paint = PLAIN): string {
  if (losses.length === 0) return 'there are no gateways to lose'
  const bad = losses.filter(({ pairs }) => pairs > 0).sort((a, b) => b.pairs - a.pairs)
  const lines = bad
    .slice(0, MOST_GATEWAYS)
    .map(
      ({ gateway, pairs, from }) =>
        `warning: without gateway ${gateway}, ${countOf(pairs, 'pair')} of others ${pairs === 1 ? 'is' : 'are'} lost, of ${countOf(from.length, 'node')}: ${listOf(from, MOST_NAMES)}`,
    )
  const rest = bad.slice(MOST_GATEWAYS)
  if (rest.length > 0) {
    const most = countOf(rest[0]?.pairs ?? 0, 'pair')
    const others = listOf(
      rest.map(({ gateway }) => gateway),
      MOST_NAMES,
    )
    lines.push(
      `warning: without any one of ${countOf(rest.length, 'more gateway')} at most ${most} of others: ${others}`,
    )
  }
  const safe = losses.length - bad.length
  return paintIssues(
    [...lines, `${safe} of ${losses.length} gateways can be lost without losing a pair of others`].join('\n'),
    paint,
  )
}
