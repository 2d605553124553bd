// Who fares differently after a change, and who of the others stand for each other still.
import { hostPrefix, type Prefix } from '../../model/index.ts'
import type { Changes } from './changes.ts'
import { foreignNames } from './foreign-names.ts'
import { groupsOf } from './groups-after.ts'
import type { KeyedChange } from './keyed-change.ts'
import type { PartChange } from './part-change.ts'
import { type AddressChange, addressChangesIn } from './prefix-changes.ts'
import type { Origin } from './prove.ts'
import type { Name } from './slot.ts'
import { createTouched, type Touched } from './touched.ts'

export type Affected = {
  /** All pairs of these are to be walked anew. */
  readonly machines: ReadonlySet<number>
  /** All other machines, by who stands for whom. */
  readonly groups: readonly (readonly number[])[]
  /** What tables and sets hold that they did not, and what nobody may know any more. */
  readonly come: readonly Prefix[]
  readonly gone: readonly Prefix[]
}

/** Undefined: nobody can say without looking at all pairs. */
export function affectedBy(origin: Origin, changes: Changes): Affected | undefined {
  const { base, regions } = origin.read
  const machineCount = base.names.length
  const touched = createTouched(regions, machineCount)
  const addresses = addressChangesIn(regions, base.longestSuppressed)
  const come: Prefix[] = []
  const gone: Prefix[] = []
  const lookups = new Map<number, readonly AddressChange[]>()
  const touchedBy = new Set<AddressChange>()
  const seen = new Set<PartChange | KeyedChange>()
  const cutBy = (change: KeyedChange): void => {
    if (seen.has(change)) return
    seen.add(change)
    for (const prefix of change.added) come.push(prefix)
    for (const prefix of change.removed) gone.push(prefix)
    for (const prefix of [...change.added, ...change.removed]) touched.cut(prefix)
  }
  const take = (machine: number, keyed: readonly KeyedChange[]): void => {
    const own = addresses.of(machine, keyed)
    if (own === undefined) {
      touched.giveUp()
      return
    }
    lookups.set(machine, own)
    for (const change of own) {
      if (touchedBy.has(change)) continue
      touchedBy.add(change)
      for (const prefix of [...change.removed, ...change.added]) touched.touch(prefix)
    }
    for (const change of keyed) cutBy(change)
  }
  for (const [machine, claims] of changes.gatewayAddresses) claim(touched, machine, claims, gone)
  for (const [machine, { removed, added }] of changes.pods)
    for (const prefix of [...removed, ...added]) touched.touch(prefix, machine)
  for (const machine of new Set([...changes.parts.keys(), ...changes.pods.keys()])) {
    const parts = changes.parts.get(machine) ?? []
    for (const part of parts)
      if (part.isAltered) alter(touched, machine, part, gone, foreignNames(part, changes.gatewayAddresses.get(machine)))
    const pods = changes.pods.get(machine)
    take(machine, [...parts.flatMap(({ keyed }) => keyed), ...(pods ? [pods] : [])])
    if (touched.isTooMuch()) return undefined
  }
  if (changes.hidden !== undefined) take(-1, [changes.hidden])
  if (touched.isTooMuch()) return undefined
  for (const machine of touched.altered) if (origin.carriers.has(origin.kinds.kindOf[machine] ?? -1)) return undefined
  const groups = groupsOf(origin, changes, lookups, touched.machines)
  return groups && { machines: touched.machines, groups, come, gone }
}

function claim(touched: Touched, machine: number, claims: readonly Prefix[], gone: Prefix[]): void {
  touched.alter(machine)
  for (const prefix of claims) {
    touched.touch(prefix, machine)
    touched.cut(prefix)
    gone.push(prefix)
  }
}

function alter(
  touched: Touched,
  machine: number,
  { prefixes, claims }: PartChange,
  gone: Prefix[],
  names: readonly Name[],
): void {
  touched.alter(machine)
  claim(touched, machine, claims, gone)
  for (const prefix of prefixes) {
    touched.touch(prefix)
    if (touched.isInside(prefix)) touched.giveUp()
  }
  for (const name of names) {
    if (typeof name === 'string') continue
    if (touched.isInside(hostPrefix(name), machine)) touched.giveUp()
    gone.push(hostPrefix(name))
  }
}
