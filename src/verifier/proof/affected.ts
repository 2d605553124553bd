// Who fares differently after a change, and who of the others stand for each other still.
import { equalAddresses, hostPrefix, type Prefix } from '../../model/index.ts'
import { type AlikeChanges, alikeChangesIn } from './alike-changes.ts'
import type { Changes } from './changes.ts'
import type { KeyedChange, Name, PartChange } from './part-change.ts'
import { type AddressChange, addressChangesIn } from './prefix-changes.ts'
import type { Origin } from './prove.ts'
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

/** Besides the addresses that the machine itself took up or gave up. */
function foreignNames({ names, claims }: PartChange, gatewayAddresses: readonly Prefix[] = []): readonly Name[] {
  const own = [...claims, ...gatewayAddresses]
  return names.filter((name) => typeof name === 'string' || !own.some((one) => equalAddresses(one, name)))
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

/** Of one kind, to whom the same happened, in networks that still stand for each other. Undefined: what changes cannot be told of others. */
function groupsOf(
  origin: Origin,
  changes: Changes,
  lookups: ReadonlyMap<number, readonly AddressChange[]>,
  changed: ReadonlySet<number>,
): readonly (readonly number[])[] | undefined {
  const { kinds } = origin
  const { names, networkOf } = origin.read.base
  const classes = kinds.kinds.flatMap(({ groups }) => groups)
  const sizes = new Int32Array(names.length)
  for (const members of classes) for (const member of members) sizes[member] = members.length
  const alike = alikeChangesIn(origin, (machine) => sizes[machine] ?? 1, changed)
  const texts: string[] = Array.from({ length: names.length }, () => '')
  const known = createTexts(alike)
  for (const [machine, list] of lookups) {
    if (machine < 0) continue
    const text = known(machine, networkOf[machine], list, changes.parts.get(machine) ?? [])
    if (text === undefined) return undefined
    texts[machine] = text
  }
  for (const machine of changed)
    for (const part of changes.parts.get(machine) ?? [])
      for (const name of foreignNames(part, changes.gatewayAddresses.get(machine)))
        if (alike.nameText(machine, name) === undefined) return undefined
  const apart = new Set([...changed, ...alike.named])
  if (classes.some((members) => members.filter((member) => apart.has(member)).length > MOST_OF_CLASS)) return undefined
  const places = placesOf(origin, texts, classes, changed)
  const groups = new Map<string, number[]>()
  for (const machine of names.keys()) {
    if (changed.has(machine)) continue
    const key = alike.named.has(machine)
      ? `named ${machine}`
      : `${places(machine)} ${kinds.kindOf[machine]} ${texts[machine]}`
    const list = groups.get(key) ?? []
    groups.set(key, list)
    list.push(machine)
  }
  return [...groups.values()]
}

/** As many of a class can stand in place of those two of each by which networks were found to be alike. */
const MOST_OF_CLASS = 2

/** What a network has in common with those that stand for it still, by one of its machines. */
function placesOf(
  { read: { base } }: Origin,
  texts: readonly string[],
  classes: readonly (readonly number[])[],
  changed: ReadonlySet<number>,
): (machine: number) => string {
  const near = new Set([...changed].map((machine) => base.networkOf[machine]).filter((one) => one !== undefined))
  const happened = new Map<number, string[]>()
  const irregular = new Set<number>()
  for (const members of classes) {
    const [first = -1] = members
    const network = base.networkOf[first]
    if (network === undefined) continue
    if (members.some((member) => texts[member] !== texts[first])) irregular.add(network)
    const list = happened.get(network) ?? []
    happened.set(network, list)
    list.push(texts[first] ?? '')
  }
  const keys = new Map<number, string>()
  for (const [network, list] of happened)
    keys.set(network, near.has(network) || irregular.has(network) ? `in ${network}` : `alike ${list.join(' ; ')}`)
  return (machine) => keys.get(base.networkOf[machine] ?? -1) ?? ''
}

/** What happened to a machine, in words that are the same for those that stand for it. */
function createTexts(alike: AlikeChanges) {
  const numbers = new Map<string, number>()
  const known = new Map<AddressChange, Map<number | undefined, number>>()
  const numberOf = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  return (
    machine: number,
    network: number | undefined,
    list: readonly AddressChange[],
    parts: readonly PartChange[],
  ): string | undefined => {
    const all: number[] = []
    for (const one of list) {
      const byNetwork = known.get(one) ?? new Map<number | undefined, number>()
      known.set(one, byNetwork)
      let number = network === undefined ? undefined : byNetwork.get(network)
      if (number === undefined) {
        const { table, slot } = one.change
        const part = slot.hop === undefined ? undefined : parts.find(({ keyed }) => keyed.includes(one.change))
        const own = alike.slotText(machine, slot, part)
        if (own === undefined) return undefined
        number = numberOf(`${table} ${own} ${one.text}`)
        if (!own.includes('own ')) byNetwork.set(network, number)
      }
      all.push(number)
    }
    return all.sort((a, b) => a - b).join()
  }
}
