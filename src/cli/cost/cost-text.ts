// What `damask cost` prints: bytes and money by pair of places, the public borders, and the sum.
import {
  type CostReport,
  type Fraction,
  formatDecimal,
  formatGigabytes,
  GIGABYTE,
  isZero,
  type PairCost,
  type PriceList,
  type Ways,
} from '../../foresight/index.ts'
import { textTable } from '../text-table.ts'
import { OUTSIDE, restText } from './cost-words.ts'
import { lossText } from './loss-text.ts'
import { numberTable } from './number-table.ts'

export type CostTextOptions = {
  /** Every row, however many there are. */
  readonly all: boolean
}

export function costText(report: CostReport, prices: PriceList, ways: Ways, { all }: CostTextOptions): string {
  const { pairs, borders, sentBytes, lostBytes, losses, cost } = report
  const [bytesText, unit] = [bytesIn(prices), unitOf(prices)]
  const shown = all || pairs.length <= ROWS ? pairs : heaviest(pairs)
  const rows = shown.map(({ from, to, bytes, publicBytes, price, cost: own }) => [
    from,
    to ?? OUTSIDE,
    bytesText(bytes),
    bytesText(publicBytes),
    formatDecimal(price, 6).replace(/0{1,4}$/, ''),
    formatMoney(own),
  ])
  const crossed = (all ? borders : borders.slice(0, ROWS)).map(({ place, out, into }) => [
    place,
    bytesText(out),
    bytesText(into),
  ])
  return [
    numberTable(['from', 'to', unit, 'public', `price a ${unit}`, 'cost'], rows, { numbersFrom: 2, indent: '  ' }),
    ...(rows.length < pairs.length ? [restText(pairs.length - rows.length, 'pair')] : []),
    crossed.length === 0
      ? 'nothing crosses a public border'
      : numberTable(['public border', 'out', 'in'], crossed, { numbersFrom: 1, indent: '  ' }),
    ...(crossed.length < borders.length ? [restText(borders.length - crossed.length, 'border')] : []),
    ...(losses.length === 0 ? [] : [lossText(losses, ways, unit, bytesText, all)]),
    textTable(
      [
        ['sent', `${bytesText(sentBytes)} ${unit}`],
        ...(isZero(lostBytes) ? [] : [['lost', `${bytesText(lostBytes)} ${unit}`]]),
        ['cost', `${formatMoney(cost)} ${prices.currency}`],
      ],
      undefined,
      '',
    ),
  ].join('\n\n')
}

/** More are cut, the dearest and the largest first. */
export const ROWS = 40

const heaviest = (pairs: readonly PairCost[]): readonly PairCost[] =>
  pairs
    .map((pair) => ({ pair, money: toNumber(pair.cost), bytes: toNumber(pair.bytes) }))
    .sort((a, b) => b.money - a.money || b.bytes - a.bytes)
    .slice(0, ROWS)
    .map(({ pair }) => pair)

/** Near enough to put sums in order. */
const toNumber = ({ numerator, denominator }: Fraction): number => Number(numerator) / Number(denominator)

export const bytesIn =
  ({ unitBytes }: PriceList) =>
  (bytes: Fraction): string =>
    formatGigabytes(bytes, unitBytes)

export const unitOf = ({ unitBytes }: PriceList): string => (unitBytes === GIGABYTE ? 'GB' : 'GiB')

/** Cents, and more digits where a sum would look like nothing. */
export function formatMoney(cost: Fraction): string {
  const cents = formatDecimal(cost, 2)
  return /[1-9]/.test(cents) || isZero(cost) ? cents : formatDecimal(cost, 6)
}
