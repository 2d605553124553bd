// What is lost, between which places, and why, said of two nodes of each.
import type { CostReport, Fraction, Ways } from '../../foresight/index.ts'
import { OUTSIDE, restText } from './cost-words.ts'
import { numberTable } from './number-table.ts'

/** For more of them nobody asks the walk why. */
export const EXPLAINED = 8

/** `unit`: what `bytesText` counts in. */
export function lossText(
  losses: CostReport['losses'],
  ways: Ways,
  unit: string,
  bytesText: (bytes: Fraction) => string,
  all: boolean,
): string {
  const shown = all ? losses : losses.slice(0, EXPLAINED)
  const rows = shown.map(({ from, to, bytes, example }) => [from, to ?? OUTSIDE, bytesText(bytes), why(ways, example)])
  const table = numberTable(['lost from', 'to', unit, 'such as'], rows, { numbersFrom: 2, indent: '  ', textFrom: 3 })
  return shown.length < losses.length ? `${table}\n${restText(losses.length - shown.length, 'pair')}` : table
}

const why = (ways: Ways, { from, to }: CostReport['losses'][number]['example']): string =>
  `${from} to ${to ?? 'outside'}: ${ways.whyLost(from, to) ?? 'some of its packets'}`
