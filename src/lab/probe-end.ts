// An end of the lab's checks: a pod, or a host where there are no pods.
import type { Address, Family } from '../model/index.ts'

export type End = {
  readonly name: string
  readonly node: string
  readonly namespace: string
  /** At most one a family is asked; whatever comes from it must come from one of these. */
  readonly addresses: readonly Address[]
  /** Of the device that holds the addresses. */
  readonly mtuBytes: number
  readonly link: string
}

/** One direction of one family between two ends. */
export type Pair = { readonly from: End; readonly to: End; readonly family: Family; readonly target: Address }

export type Probe = 'echo' | 'echo-full-mtu' | 'tcp' | 'source'

/** A pair that fell short, as the contract's JSON has it. */
export type Failed = {
  readonly from: string
  readonly to: string
  readonly family: Family
  readonly probe: Probe
  readonly reason: string
}

/** Every ordered pair of different ends, once for each family that both have. */
export const pairsOf = (ends: readonly End[]): Pair[] =>
  ends.flatMap((from) =>
    ends
      .filter((to) => to !== from)
      .flatMap((to) =>
        ([4, 6] as const).flatMap((family) => {
          const target = to.addresses.find((address) => address.family === family)
          return target && from.addresses.some((address) => address.family === family)
            ? [{ from, to, family, target }]
            : []
        }),
      ),
  )
