// What traffic crosses, and what that costs: bytes by pair of places, over each public border, and money.
import { addTo, type Fraction, type FractionSum, fraction, isZero, plus, times, totalOf, ZERO } from './fraction.ts'
import type { Places } from './places.ts'
import { type PriceList, priceOf } from './prices.ts'
import type { Flow } from './traffic.ts'
import type { Ways } from './ways.ts'

export type CostInput = {
  /** Over the same places. */
  readonly ways: Ways
  readonly flows: readonly Flow[]
  readonly places: Places
  readonly prices: PriceList
}

/** `to` undefined: outside. From a place to itself: what stays there, hop by hop. */
export type PairCost = {
  readonly from: string
  readonly to: string | undefined
  /** On the wire, with what encapsulations add where that is counted. */
  readonly bytes: Fraction
  /** Of these, over public networks. */
  readonly publicBytes: Fraction
  readonly price: Fraction
  readonly cost: Fraction
}

/** What crosses the border between a place and the public network. */
export type Border = { readonly place: string; readonly out: Fraction; readonly into: Fraction }

/** What is sent from place to place and does not arrive: bytes as pods send them. */
export type Loss = {
  readonly from: string
  readonly to: string | undefined
  readonly bytes: Fraction
  /** Two nodes between which it is lost. `to` undefined: outside. */
  readonly example: { readonly from: string; readonly to: string | undefined }
}

export type CostReport = {
  /** Ascending by from and to. */
  readonly pairs: readonly PairCost[]
  /** Ascending by place. */
  readonly borders: readonly Border[]
  /** As pods send them. */
  readonly sentBytes: Fraction
  /** Of these, those that do not arrive. */
  readonly lostBytes: Fraction
  /** By the places of who sends it and whom it is for, ascending. */
  readonly losses: readonly Loss[]
  readonly cost: Fraction
}

type Ends = { readonly from: string; readonly to: string | undefined }
type Crossing = Ends & { bytes: Fraction; publicBytes: Fraction }

export function costOf({ ways, flows, places, prices }: CostInput): CostReport {
  const crossings = new Map<string, Crossing>()
  const losses = new Map<string, Omit<Loss, 'bytes'> & { bytes: Fraction }>()
  const borders = new Map<string, Record<'out' | 'into', FractionSum>>(
    [...new Set(places.values())].map((place) => [place, { out: new Map(), into: new Map() }]),
  )
  const product = rememberProducts()
  let [sentBytes, lostBytes] = [ZERO, ZERO]

  const cross = (from: string, to: string | undefined, bytes: Fraction, isPublic: boolean): void => {
    const key = `${from} ${to ?? ''}`
    let crossing = crossings.get(key)
    if (crossing === undefined) {
      crossing = { from, to, bytes: ZERO, publicBytes: ZERO }
      crossings.set(key, crossing)
    }
    crossing.bytes = plus(crossing.bytes, bytes)
    if (!isPublic) return
    crossing.publicBytes = plus(crossing.publicBytes, bytes)
    const [own, other] = [borders.get(from), to === undefined ? undefined : borders.get(to)]
    if (own !== undefined) addTo(own.out, bytes)
    if (other !== undefined) addTo(other.into, bytes)
  }
  const lose = (example: Loss['example'], bytes: Fraction): void => {
    const [from, to] = [placeIn(places, example.from), example.to && placeIn(places, example.to)]
    const key = `${from} ${to ?? ''}`
    const loss = losses.get(key) ?? { from, to, bytes: ZERO, example }
    losses.set(key, loss)
    loss.bytes = plus(loss.bytes, bytes)
    lostBytes = plus(lostBytes, bytes)
  }

  for (const { from, to, bytes } of flows) {
    sentBytes = plus(sentBytes, bytes)
    const { legs, lost } = ways.between(from, to)
    for (const leg of legs) cross(leg.from, leg.to, product(bytes, leg.share), leg.isPublic)
    if (!isZero(lost)) lose({ from, to }, product(bytes, lost))
  }
  const unit = fraction(1n, prices.unitBytes)
  const pairs = [...crossings.values()].sort(byPlaces).map((crossing): PairCost => {
    const price = priceOf(prices, crossing.from, crossing.to)
    return { ...crossing, price, cost: isZero(price) ? ZERO : times(times(crossing.bytes, price), unit) }
  })
  return {
    pairs,
    borders: [...borders]
      .map(([place, { out, into }]) => ({ place, out: totalOf(out), into: totalOf(into) }))
      .filter(({ out, into }) => !isZero(out) || !isZero(into))
      .sort((a, b) => (a.place < b.place ? -1 : 1)),
    sentBytes,
    lostBytes,
    losses: [...losses.values()].sort(byPlaces),
    cost: pairs.reduce((sum, { cost }) => plus(sum, cost), ZERO),
  }
}

/** Many flows are as large, and share alike: the very same objects. */
function rememberProducts(): (bytes: Fraction, share: Fraction) => Fraction {
  const known = new Map<Fraction, Map<Fraction, Fraction>>()
  return (bytes, share) => {
    let products = known.get(share)
    if (products === undefined) {
      products = new Map()
      known.set(share, products)
    }
    let product = products.get(bytes)
    if (product === undefined) {
      product = times(bytes, share)
      products.set(bytes, product)
    }
    return product
  }
}

const placeIn = (places: Places, node: string): string => places.get(node) ?? node

/** Outside comes last. */
const byPlaces = (a: Ends, b: Ends): number =>
  a.from !== b.from ? (a.from < b.from ? -1 : 1) : (a.to ?? '\uffff') < (b.to ?? '\uffff') ? -1 : 1
