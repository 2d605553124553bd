// An end of the lab's checks: a pod, or a host where there are no pods.
import { type Address, equalAddresses, type Family } from '../model/index.ts'

export type End = {
  readonly name: string
  readonly node: string
  readonly namespace: string
  /** The first of a family is asked; whatever comes from it must come from one of these. */
  readonly addresses: readonly Address[]
  /** Of the largest packet that every way of the network carries. */
  readonly mtuBytes: number
  /** What carries all that it sends. */
  readonly link: string
  /** Addresses of others that mean somebody else where it stands, so that neither reaches the other by them. */
  readonly unreached?: readonly Address[]
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

/** Every ordered pair of different ends, once for each family that both have and by which they can mean each other. */
export const pairsOf = (ends: readonly End[]): Pair[] =>
  ends.flatMap((from) =>
    ends
      .filter((to) => to !== from)
      .flatMap((to) =>
        ([4, 6] as const).flatMap((family) => {
          const [target, back] = [askedFor(to, family), askedFor(from, family)]
          return target && back && !isUnreached(from, target) && !isUnreached(to, back)
            ? [{ from, to, family, target }]
            : []
        }),
      ),
  )

const askedFor = ({ addresses }: End, family: Family): Address | undefined =>
  addresses.find((address) => address.family === family)

const isUnreached = ({ unreached = [] }: End, target: Address): boolean =>
  unreached.some((address) => equalAddresses(address, target))
