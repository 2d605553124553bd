// What a GB costs that leaves a place, enters it, stays in it, or goes from one to another.
import { type Fraction, plus, ZERO } from './fraction.ts'

export type PlacePrices = { readonly egress: Fraction; readonly ingress: Fraction; readonly inside: Fraction }

export type PriceList = {
  /** `USD`: said beside the sums. */
  readonly currency: string
  /** How many bytes a price is for: 10^9, or 2^30 where the cloud counts so. */
  readonly unitBytes: bigint
  /** Of places that have none of their own. */
  readonly usual: PlacePrices
  /** By the name of the place. */
  readonly places: ReadonlyMap<string, PlacePrices>
  /** By `from to`: in place of the egress of the one and the ingress of the other. */
  readonly pairs: ReadonlyMap<string, Fraction>
}

export const FREE: PlacePrices = { egress: ZERO, ingress: ZERO, inside: ZERO }

export const pairKey = (from: string, to: string): string => `${from} ${to}`

/** Of a unit that goes from one place to another; `to` undefined: outside. */
export function priceOf({ usual, places, pairs }: PriceList, from: string, to: string | undefined): Fraction {
  const own = places.get(from) ?? usual
  if (to === undefined) return own.egress
  const pair = pairs.get(pairKey(from, to))
  if (pair !== undefined) return pair
  return from === to ? own.inside : plus(own.egress, (places.get(to) ?? usual).ingress)
}
