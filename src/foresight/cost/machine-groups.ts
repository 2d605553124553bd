// Machines of one kind, in one private network, at one place.
import type { MachineKinds } from '../../verifier/index.ts'
import type { Places } from './places.ts'

export type MachineGroups = {
  readonly groups: readonly (readonly number[])[]
  /** By machine. */
  readonly groupOf: readonly number[]
  readonly placeOf: readonly string[]
  /** Where the machines of a kind in a network stand; undefined where that is not one place. */
  readonly placeAmong: (kind: number, network: number | undefined) => string | undefined
}

export function machineGroupsOf(
  { names, kinds, networkOf }: Pick<MachineKinds, 'names' | 'kinds' | 'networkOf'>,
  places: Places,
): MachineGroups {
  const placeOf = names.map((name) => places.get(name) ?? name)
  const groups: number[][] = []
  const groupOf: number[] = []
  const among = new Map<string, string | undefined>()
  for (const [kind, { groups: networks }] of kinds.entries())
    for (const machines of networks) {
      const byPlace = Map.groupBy(machines, (machine) => placeOf[machine] ?? '')
      const key = `${kind} ${networkOf[machines[0] ?? -1]}`
      const [place] = byPlace.keys()
      among.set(key, byPlace.size === 1 && !among.has(key) ? place : undefined)
      for (const members of byPlace.values()) {
        for (const machine of members) groupOf[machine] = groups.length
        groups.push(members)
      }
    }
  return { groups, groupOf, placeOf, placeAmong: (kind, network) => among.get(`${kind} ${network}`) }
}
