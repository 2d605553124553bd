// The form of a way: by whom packets go, said by what these machines are to its two ends, so that it can be read for another pair.
import type { MachineKinds } from '../../verifier/index.ts'
import { type Fraction, plus, times, ZERO } from './fraction.ts'
import type { MachineGroups } from './machine-groups.ts'
import type { WalkedWay } from './walked-way.ts'

export type Leg = {
  readonly from: string
  /** Undefined: outside. */
  readonly to: string | undefined
  /** Over the networks between the clouds. */
  readonly isPublic: boolean
  /** Of all that is sent; with what encapsulations add, where that is counted. */
  readonly share: Fraction
}

/** Legs are from place to place; what is lost is among them up to where that happens. */
export type Way = { readonly legs: readonly Leg[]; readonly lost: Fraction }

export type Pair = { readonly from: number; readonly to: number | undefined }

/** `end`s undefined: outside. */
export type Form = {
  readonly legs: readonly {
    readonly start: Standing
    readonly end: Standing | undefined
    readonly isPublic: boolean
    readonly share: Fraction
  }[]
  readonly lost: Fraction
}

/** What a machine on the way is to the pair. */
type Standing =
  | { readonly at: 'from' | 'to' }
  /** Of this kind, in the private network of the one or the other. */
  | { readonly at: 'near from' | 'near to'; readonly kind: number }
  /** Of a kind that one network alone has. */
  | { readonly at: 'one network'; readonly kind: number; readonly network: number | undefined }
  /** Which machine it would be for another pair, nobody knows. */
  | { readonly at: 'here'; readonly machine: number }

/** `onWire`: the share of what is sent that so many bytes a packet are. */
export function formOf(
  { legs, losses }: WalkedWay,
  pair: Pair,
  kinds: MachineKinds,
  numberOf: (name: string) => number,
  onWire: (wireBytes: number) => Fraction,
): Form {
  const standing = (name: string): Standing => standingOf(kinds, numberOf(name), pair)
  return {
    lost: losses.reduce((sum, { share }) => plus(sum, share), ZERO),
    legs: legs.map(({ from, to, isPublic, share, wireBytes }) => ({
      start: standing(from),
      end: to === undefined ? undefined : standing(to),
      isPublic,
      share: times(share, onWire(wireBytes)),
    })),
  }
}

function standingOf({ kinds, kindOf, networkOf }: MachineKinds, machine: number, { from, to }: Pair): Standing {
  if (machine === from) return { at: 'from' }
  if (machine === to) return { at: 'to' }
  const [kind, network] = [kindOf[machine] ?? -1, networkOf[machine]]
  if (network !== undefined && network === networkOf[from]) return { at: 'near from', kind }
  if (to !== undefined && network !== undefined && network === networkOf[to]) return { at: 'near to', kind }
  return kinds[kind]?.groups.length === 1 ? { at: 'one network', kind, network } : { at: 'here', machine }
}

/** The way of a pair that fares as the one of the form; undefined where the form does not say by which places. */
export function wayOf(
  form: Form,
  pair: Pair,
  networkOf: MachineKinds['networkOf'],
  groups: MachineGroups,
): Way | undefined {
  const legs: Leg[] = []
  for (const { start, end, isPublic, share } of form.legs) {
    const from = placeAt(start, pair, networkOf, groups)
    const to = end && placeAt(end, pair, networkOf, groups)
    if (from === undefined || (end !== undefined && to === undefined)) return undefined
    legs.push({ from, to, isPublic, share })
  }
  return { legs, lost: form.lost }
}

function placeAt(
  standing: Standing,
  { from, to }: Pair,
  networkOf: MachineKinds['networkOf'],
  { placeOf, placeAmong }: MachineGroups,
): string | undefined {
  switch (standing.at) {
    case 'from':
      return placeOf[from]
    case 'to':
      return placeOf[to ?? -1]
    case 'near from':
      return placeAmong(standing.kind, networkOf[from])
    case 'near to':
      return placeAmong(standing.kind, networkOf[to ?? -1])
    case 'one network':
      return placeAmong(standing.kind, standing.network)
    case 'here':
      return undefined
  }
}
