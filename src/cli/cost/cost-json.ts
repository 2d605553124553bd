// A cost as data. Bytes and money are decimal texts: neither fits into the numbers of every program that reads JSON.
import { type CostReport, type Fraction, formatDecimal, type PriceList, type Ways } from '../../foresight/index.ts'
import { EXPLAINED } from './loss-text.ts'

export const costJson = (
  { pairs, borders, sentBytes, lostBytes, losses, cost }: CostReport,
  { currency, unitBytes }: PriceList,
  ways: Ways,
) => ({
  currency,
  unitBytes: String(unitBytes),
  sentBytes: bytes(sentBytes),
  lostBytes: bytes(lostBytes),
  pairs: pairs.map((pair) => ({
    from: pair.from,
    /** null: outside */
    to: pair.to ?? null,
    bytes: bytes(pair.bytes),
    publicBytes: bytes(pair.publicBytes),
    price: money(pair.price),
    cost: money(pair.cost),
  })),
  borders: borders.map(({ place, out, into }) => ({ place, outBytes: bytes(out), inBytes: bytes(into) })),
  losses: losses.map(({ from, to, bytes: lost, example }, index) => ({
    from,
    to: to ?? null,
    bytes: bytes(lost),
    example: {
      from: example.from,
      to: example.to ?? null,
      /** null: there are too many for all to be asked why. */
      reason: index < EXPLAINED ? (ways.whyLost(example.from, example.to) ?? null) : null,
    },
  })),
  cost: money(cost),
})

export const bytes = (count: Fraction): string => formatDecimal(count, 0)
/** Two decimals at least, nine at most. */
export const money = (sum: Fraction): string => formatDecimal(sum, 9).replace(/0{1,7}$/, '')
