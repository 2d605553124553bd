// What is tried in a lab: every ordered pair of its pods and machines, and the internet from each of them.
import type { Address, Family } from '../../src/model/index.ts'

export type Station = {
  readonly name: string
  readonly node: string
  readonly kind: 'pod' | 'host' | 'outside'
  readonly namespace: string
  /** At most one a family. */
  readonly addresses: readonly Address[]
}

/** One direction of one family, with packets of one size. */
export type Trial = {
  readonly from: Station
  readonly to: Station
  readonly family: Family
  readonly target: Address
  /** Of the whole packet. */
  readonly bytes: number
}

export type Measured = {
  /** The request came to its receiver. */
  readonly arrived: boolean
  /** The answer came back. */
  readonly answered: boolean
  /** Of the smallest size alone: a connection was made. */
  readonly connected?: boolean
}

export const SMALL_BYTES = 100
export const isSmall = ({ bytes }: Trial): boolean => bytes === SMALL_BYTES

/** Of this size, and the small one. */
export function trialsOf(stations: readonly Station[], largeBytes: number): Trial[] {
  return stations.flatMap((from) =>
    stations
      .filter((to) => to !== from && from.kind !== 'outside')
      .flatMap((to) =>
        ([4, 6] as const).flatMap((family) => {
          const target = to.addresses.find((address) => address.family === family)
          const own = from.addresses.some((address) => address.family === family)
          return target && own ? [SMALL_BYTES, largeBytes].map((bytes) => ({ from, to, family, target, bytes })) : []
        }),
      ),
  )
}
