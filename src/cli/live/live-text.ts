// What `damask trace --live` says: the way of a packet on the machines, the first hop where plan and machine differ, and both verdicts.
import { formatBecause } from '../../render/index.ts'
import { endText, renderWays } from '../trace-text.ts'
import { describeDifference } from './difference-text.ts'
import type { DifferentHop } from './first-difference.ts'
import type { LiveTrace } from './live-trace.ts'
import type { Difference } from './node-differences.ts'

/** With one missing link go all that stood on it. */
const MOST_DIFFERENCES = 5

export function renderLive({ plan, live, first, isSame }: LiveTrace): string {
  return [
    renderWays(live),
    ...(first === undefined ? [noDifference(isSame)] : hopText(first)),
    '',
    `in the plan:    ${endText(plan)}`,
    `on the machine: ${endText(live)}`,
  ].join('\n')
}

const noDifference = (isSame: boolean): string =>
  isSame
    ? 'plan and machine are the same at every hop'
    : 'no entry of ours differs at any hop: look where peers were heard from last (wg show), and at the machines around'

function hopText({ node, direction, hop, differences, isMet }: DifferentHop): string[] {
  const rest = differences.length - MOST_DIFFERENCES
  return [
    isMet
      ? `plan and machine differ first at hop ${hop} of the way ${direction}, ${node}:`
      : `plan and machine differ at hop ${hop} of the way ${direction}, ${node}, where this packet does not meet it:`,
    ...differences.slice(0, MOST_DIFFERENCES).flatMap(differenceText),
    ...(rest > 0 ? [`      and ${rest} more`] : []),
  ]
}

function differenceText(difference: Difference): string[] {
  const { plan, kernel } = describeDifference(difference)
  const because = 'planned' in difference ? formatBecause(difference.planned.because) : ''
  return [
    ...lines('the plan has', [...plan, ...(because === '' ? [] : [`# ${because}`])]),
    ...lines('the kernel has', kernel),
  ]
}

const lines = (title: string, texts: readonly string[]): string[] =>
  texts.map((text, index) => `      ${(index === 0 ? title : '').padEnd(15)} ${text}`)
