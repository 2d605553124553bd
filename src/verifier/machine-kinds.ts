// Machines that stand for each other, without a walk: for whoever walks between them by himself.
import type { Address } from '../model/index.ts'
import type { NetworkInput } from './compiled-network.ts'
import { type End, endsOf } from './proof/ends.ts'
import { type Kind, kindsOf, type Relation } from './proof/kinds.ts'
import { machineClassesOf, networkClassesOf } from './proof/machine-classes.ts'
import { readNetwork } from './proof/prove.ts'

export type MachineKinds = {
  /** Everywhere else machines are numbers in this order. */
  readonly names: readonly string[]
  /** By machine the number of its private network; undefined where it stands in none. */
  readonly networkOf: readonly (number | undefined)[]
  /** By machine its number among `kinds`. */
  readonly kindOf: ArrayLike<number>
  readonly kinds: readonly Kind[]
  /** Packets of two pairs of machines of the same kinds and the same relation take ways of the same form. */
  readonly relationOf: (from: number, to: number) => Relation
  /** By machine, where packets end and start. */
  readonly ends: readonly (readonly End[])[]
  /** One address of each family that stands for all that is nobody's. */
  readonly outside: readonly Address[]
}

export function machineKindsOf(input: NetworkInput): MachineKinds {
  const { base, regions, others } = readNetwork(input)
  const classes = machineClassesOf(base, regions)
  const { kindOf, kinds, relationOf } = kindsOf(base, classes, networkClassesOf(base, regions, classes))
  return {
    names: base.names,
    networkOf: base.networkOf,
    kindOf,
    kinds,
    relationOf,
    ends: endsOf(input, regions, base),
    outside: others,
  }
}
