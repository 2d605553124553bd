// Two costs beside each other, and what the one is more than the other.
import {
  type CostReport,
  isZero,
  minus,
  type PairCost,
  type PriceList,
  type Ways,
  ZERO,
} from '../../foresight/index.ts'
import { bytesIn, type CostTextOptions, formatMoney, ROWS, unitOf } from './cost-text.ts'
import { OUTSIDE, restText } from './cost-words.ts'
import { lossText } from './loss-text.ts'
import { numberTable } from './number-table.ts'

/** `tried`: as it was asked for. `ways`: those of then. */
export function costDifferenceText(
  tried: string,
  now: CostReport,
  then: CostReport,
  prices: PriceList,
  ways: Ways,
  { all }: CostTextOptions,
): string {
  const [bytesText, unit] = [bytesIn(prices), unitOf(prices)]
  const [old, other] = [byPair(now), byPair(then)]
  const keys = [...new Set([...old.keys(), ...other.keys()])].sort()
  const rows = (all ? keys : keys.slice(0, ROWS)).map((key) => {
    const [before, after] = [old.get(key) ?? NOTHING, other.get(key) ?? NOTHING]
    return [
      ...key.split(' '),
      bytesText(before.bytes),
      bytesText(after.bytes),
      signed(bytesText(minus(after.bytes, before.bytes))),
      formatMoney(before.cost),
      formatMoney(after.cost),
      signed(formatMoney(minus(after.cost, before.cost))),
    ]
  })
  const sums = [formatMoney(now.cost), formatMoney(then.cost), signed(formatMoney(minus(then.cost, now.cost)))]
  const lost = isZero(then.lostBytes) ? [] : [lossText(then.losses, ways, unit, bytesText, all)]
  return [
    `with ${tried}`,
    numberTable(
      ['from', 'to', `${unit} now`, 'then', 'difference', 'cost now', 'then', 'difference'],
      [...rows, ['in all', '', '', '', '', ...sums]],
      { numbersFrom: 2, indent: '  ' },
    ),
    ...(rows.length < keys.length ? [restText(keys.length - rows.length, 'pair')] : []),
    ...lost,
  ].join('\n')
}

const NOTHING: Pick<PairCost, 'bytes' | 'cost'> = { bytes: ZERO, cost: ZERO }

const byPair = ({ pairs }: CostReport): ReadonlyMap<string, PairCost> =>
  new Map(pairs.map((pair) => [`${pair.from} ${pair.to ?? OUTSIDE}`, pair]))

const signed = (text: string): string => (text.startsWith('-') || !/[1-9]/.test(text) ? text : `+${text}`)
