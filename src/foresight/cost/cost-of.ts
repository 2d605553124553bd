// What traffic crosses, and what that costs: bytes by pair of places, over each public border, and money.
import type { Plan } from '../../planner/index.ts'
import { type Fraction, fraction, isZero, plus, times, ZERO } from './fraction.ts'
import { wireShare } from './overhead.ts'
import { type Path, pathOf } from './path-of.ts'
import type { Places } from './places.ts'
import { type PriceList, priceOf } from './prices.ts'
import type { Flow } from './traffic.ts'

export type CostInput = {
  readonly plan: Plan
  readonly flows: readonly Flow[]
  readonly places: Places
  readonly prices: PriceList
  /** Of a pod's packets, from their IP header on; left out: what encapsulations add is not counted. */
  readonly packetBytes?: number | undefined
}

/** `to` undefined: outside. From a place to itself: what stays there, hop by hop. */
export type PairCost = {
  readonly from: string
  readonly to: string | undefined
  /** On the wire, with what encapsulations add where that is counted. */
  readonly bytes: Fraction
  /** Of these, over public addresses. */
  readonly publicBytes: Fraction
  readonly price: Fraction
  readonly cost: Fraction
}

/** What crosses the border between a place and the public network. */
export type Border = { readonly place: string; readonly out: Fraction; readonly into: Fraction }

export type CostReport = {
  /** Ascending by from and to. */
  readonly pairs: readonly PairCost[]
  /** Ascending by place. */
  readonly borders: readonly Border[]
  /** As pods send them. */
  readonly sentBytes: Fraction
  /** Of these, those for which there is no way. */
  readonly lostBytes: Fraction
  readonly cost: Fraction
}

type Crossing = { readonly from: string; readonly to: string | undefined; bytes: Fraction; publicBytes: Fraction }

export function costOf({ plan, flows, places, prices, packetBytes }: CostInput): CostReport {
  const crossings = new Map<string, Crossing>()
  const borders = new Map([...new Set(places.values())].map((place) => [place, { out: ZERO, into: ZERO }]))
  let [sentBytes, lostBytes] = [ZERO, ZERO]

  const cross = (from: string, to: string | undefined, bytes: Fraction, isPublic: boolean): void => {
    const key = `${from} ${to ?? ''}`
    const crossing = crossings.get(key) ?? { from, to, bytes: ZERO, publicBytes: ZERO }
    crossings.set(key, crossing)
    crossing.bytes = plus(crossing.bytes, bytes)
    if (!isPublic) return
    crossing.publicBytes = plus(crossing.publicBytes, bytes)
    const [own, other] = [borders.get(from), to === undefined ? undefined : borders.get(to)]
    if (own !== undefined) own.out = plus(own.out, bytes)
    if (other !== undefined) other.into = plus(other.into, bytes)
  }

  const pathBetween = rememberPaths(plan)
  for (const { from, to, bytes } of flows) {
    sentBytes = plus(sentBytes, bytes)
    const place = placeIn(places, from)
    if (to === undefined) {
      cross(place, undefined, bytes, true)
      continue
    }
    const { hops, lost } = pathBetween(from, to)
    lostBytes = plus(lostBytes, times(bytes, lost))
    for (const hop of hops) {
      const onWire = packetBytes === undefined ? fraction(1n) : wireShare(hop, packetBytes)
      const carried = times(times(bytes, hop.share), onWire)
      cross(placeIn(places, hop.from.node.name), placeIn(places, hop.to.node.name), carried, hop.over === 'tunnel')
    }
  }
  const pairs = [...crossings.values()].sort(byPlaces).map((crossing): PairCost => {
    const price = priceOf(prices, crossing.from, crossing.to)
    return { ...crossing, price, cost: times(times(crossing.bytes, price), fraction(1n, prices.unitBytes)) }
  })
  return {
    pairs,
    borders: [...borders]
      .map(([place, border]) => ({ place, ...border }))
      .filter(({ out, into }) => !isZero(out) || !isZero(into))
      .sort((a, b) => (a.place < b.place ? -1 : 1)),
    sentBytes,
    lostBytes,
    cost: pairs.reduce((sum, { cost }) => plus(sum, cost), ZERO),
  }
}

function rememberPaths(plan: Plan): (from: string, to: string) => Path {
  const known = new Map<string, Path>()
  return (from, to) => {
    const key = `${from} ${to}`
    const path = known.get(key) ?? pathOf(plan, from, to)
    known.set(key, path)
    return path
  }
}

const placeIn = (places: Places, node: string): string => places.get(node) ?? node

/** Outside comes last. */
const byPlaces = (a: Crossing, b: Crossing): number =>
  a.from !== b.from ? (a.from < b.from ? -1 : 1) : (a.to ?? '\uffff') < (b.to ?? '\uffff') ? -1 : 1
