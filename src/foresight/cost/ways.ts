// The ways of all pairs of machines, as packets take them through the planned states, from place to place. Of pairs that fare alike one is
// walked: the machines on its way are to it what those on the way of any other are to that.
import { compileNetwork, machineKindsOf, type NetworkInput } from '../../verifier/index.ts'
import { type Fraction, fraction, ONE, plus, times, ZERO } from './fraction.ts'
import { machineGroupsOf } from './machine-groups.ts'
import { endsBetween } from './pair-ends.ts'
import type { Places } from './places.ts'
import { type WalkedWay, walkWay } from './walked-way.ts'
import { type Form, formOf, type Pair, type Way, wayOf } from './way-form.ts'

export type WaysInput = {
  readonly input: NetworkInput
  readonly places: Places
  /** Of packets from their IP header on; left out: small ones, and what encapsulations add is not counted. */
  readonly packetBytes?: number | undefined
}

export type Ways = {
  /** Names of machines that stand at one place and may change places with each other without changing any way. */
  readonly groups: readonly (readonly string[])[]
  /** `to` undefined: outside. Throws where there is no such machine. */
  readonly between: (from: string, to: string | undefined) => Way
  /** Why packets between these very two are lost; undefined where none are. */
  readonly whyLost: (from: string, to: string | undefined) => string | undefined
}

/** A `ping` of IPv6, with its default size. */
const SMALL_BYTES = 104
const NOTHING: Way = { legs: [], lost: ZERO }

export function waysOf({ input, places, packetBytes }: WaysInput): Ways {
  const network = compileNetwork(input)
  const kinds = machineKindsOf(input)
  const { names, kindOf, networkOf, relationOf } = kinds
  const groups = machineGroupsOf(kinds, places)
  const numbers = new Map(names.map((name, number) => [name, number]))
  const numberOf = (name: string): number => {
    const number = numbers.get(name)
    if (number === undefined) throw new Error(`cannot find a way for node ${name}: there is no state of it`)
    return number
  }
  const pairOf = (from: string, to: string | undefined): Pair => ({
    from: numberOf(from),
    to: to === undefined ? undefined : numberOf(to),
  })
  const walked = ({ from, to }: Pair): WalkedWay => {
    const ends = endsBetween(kinds, from, to)
    return ends === undefined ? NO_FAMILY : walkWay(network, ends, packetBytes ?? SMALL_BYTES)
  }
  const onWire = (wireBytes: number): Fraction =>
    packetBytes === undefined ? ONE : fraction(BigInt(wireBytes), BigInt(packetBytes))
  const placeOf = (name: string): string => groups.placeOf[numberOf(name)] ?? name

  const forms = new Map<string, Form>()
  const single = new Map<string, Way>()
  return {
    groups: groups.groups.map((group) => group.map((machine) => names[machine] ?? '')),
    between: (from, to) => {
      if (from === to) return NOTHING
      const pair = pairOf(from, to)
      if (pair.to !== undefined) {
        const key = `${kindOf[pair.from]} ${kindOf[pair.to]} ${relationOf(pair.from, pair.to)}`
        const form = forms.get(key) ?? formOf(walked(pair), pair, kinds, numberOf, onWire)
        forms.set(key, form)
        const way = wayOf(form, pair, networkOf, groups)
        if (way !== undefined) return way
      }
      const key = `${groups.groupOf[pair.from]} ${pair.to === undefined ? '' : groups.groupOf[pair.to]}`
      const way = single.get(key) ?? placed(walked(pair), placeOf, onWire)
      single.set(key, way)
      return way
    },
    whyLost: (from, to) => (from === to ? undefined : walked(pairOf(from, to)).losses[0]?.reason),
  }
}

const NO_FAMILY: WalkedWay = { legs: [], losses: [{ share: ONE, reason: 'they have no addresses of one family' }] }

/** Of the pair that was walked. */
const placed = (
  { legs, losses }: WalkedWay,
  placeOf: (name: string) => string,
  onWire: (wireBytes: number) => Fraction,
): Way => ({
  lost: losses.reduce((sum, { share }) => plus(sum, share), ZERO),
  legs: legs.map(({ from, to, isPublic, share, wireBytes }) => ({
    from: placeOf(from),
    to: to === undefined ? undefined : placeOf(to),
    isPublic,
    share: times(share, onWire(wireBytes)),
  })),
})
