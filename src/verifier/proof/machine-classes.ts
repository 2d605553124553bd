// Machines that stand for each other, and private networks that do: two steps, so that sites of different size are alike too.
import type { FactBase } from './facts.ts'
import { type Fingerprint, fingerprintOf } from './fingerprint.ts'
import type { PlacedFact, Regions } from './regions.ts'
import { NOBODY } from './things.ts'
import { findTwins } from './twins.ts'

export type MachineClass = { readonly members: readonly number[] }

export type MachineClasses = {
  /** By machine: the number of its class. */
  readonly classOf: Int32Array
  readonly classes: readonly MachineClass[]
}

/** Machines of one private network that may change places with all that is theirs. */
export function machineClassesOf(base: FactBase, regions: Regions): MachineClasses {
  const machines = base.names.length
  const count = machines + base.networks.length
  const blockOf = Int32Array.from({ length: count }, (_, index) => index)
  const weight = new Int32Array(count)
  for (const { holders } of base.units) for (const holder of holders) weight[holder] = (weight[holder] ?? 0) + 1
  const start = numbered(
    Array.from({ length: count }, (_, index) =>
      index >= machines ? `network ${index}` : `${base.networkOf[index]} ${weight[index]}`,
    ),
  )
  const found = findTwins(regions, { blockOf, roleOf: new Float64Array(count), start }).subarray(0, machines)
  const classOf = numbered([...found].map(String))
  const members: number[][] = []
  for (const [machine, kind] of classOf.entries()) {
    const list = members[kind] ?? []
    members[kind] = list
    list.push(machine)
  }
  return { classOf, classes: members.map((list) => ({ members: list })) }
}

export const numbered = (keys: readonly string[]): Int32Array => {
  const numbers = new Map<string, number>()
  return Int32Array.from(keys, (key) => {
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, numbers.size)
    return numbers.size - 1
  })
}

/** Two of each class are enough to see all pairs, with those by whose way they go. */
export type NetworkClasses = {
  /** By machine, -1 where another of its class stands for it. */
  readonly blockOf: Int32Array
  readonly roleOf: Float64Array
  /** By block. */
  readonly classOf: Int32Array
}

export function networkClassesOf(base: FactBase, regions: Regions, { classes }: MachineClasses): NetworkClasses {
  const machines = base.names.length
  const count = machines + base.networks.length
  const blockOf = networkBlocksOf(base, keptOf(base, regions, classes))
  const peers = peerCounts(base)
  const members: number[][] = Array.from({ length: Math.max(...blockOf) + 1 }, () => [])
  for (let machine = 0; machine < machines; machine++) members[blockOf[machine] ?? -1]?.push(machine)
  const roleOf = new Float64Array(count)
  const shapes = members.map((list) => {
    const ranked = list.toSorted((a, b) => Number(peers.has(b)) - Number(peers.has(a)) || a - b)
    for (const [rank, machine] of ranked.entries()) roleOf[machine] = roleAt(rank)
    return ranked.map((machine) => (peers.has(machine) ? 'p' : 'm')).join('')
  })
  for (let network = machines; network < count; network++) roleOf[network] = fingerprintOf('network')
  const classOf = findTwins(regions, { blockOf, roleOf, start: numbered(shapes) })
  return { blockOf, roleOf, classOf }
}

/** Private networks as blocks of those of their machines that are kept; who stands in none is a block alone. */
export function networkBlocksOf({ names, networks, networkOf }: FactBase, isKept: Uint8Array): Int32Array {
  const count = names.length + networks.length
  const numbers = new Map<number, number>()
  return Int32Array.from({ length: count }, (_, index) => {
    if (isKept[index] !== 1) return -1
    const block = index >= names.length ? index : (networkOf[index] ?? count + index)
    const known = numbers.get(block)
    if (known !== undefined) return known
    numbers.set(block, numbers.size)
    return numbers.size - 1
  })
}

const roleAt = (rank: number): Fingerprint => fingerprintOf(`machine ${rank}`)

const peerCounts = ({ units }: FactBase): ReadonlySet<number> =>
  new Set(units.flatMap((unit) => (unit.hasPeers ? unit.holders : [])))

/** Two of each class, and whoever is named by what is looked up for them. */
export function keptOf(base: FactBase, { things, tree, units }: Regions, classes: readonly MachineClass[]): Uint8Array {
  const machines = base.names.length
  const isKept = new Uint8Array(machines + base.networks.length).fill(1, machines)
  for (const { members } of classes) for (const member of members.slice(0, 2)) isKept[member] = 1
  const isKeptOwner = (owner: number): boolean => owner !== NOBODY && isKept[owner] === 1
  for (;;) {
    const before = new Int32Array(tree.order.length + 1)
    for (const [at, thing] of tree.order.entries())
      before[at + 1] = (before[at] ?? 0) + (isKeptOwner(things.owner(thing)) && things.owner(thing) < machines ? 1 : 0)
    const isMet = ({ things: named, position }: PlacedFact): boolean =>
      position < 0
        ? named.some((thing) => isKeptOwner(things.owner(thing)))
        : (before[tree.end[position] ?? 0] ?? 0) > (before[position] ?? 0)
    let isMore = false
    for (const { holders, facts } of units) {
      if (!holders.some((holder) => isKept[holder] === 1)) continue
      for (const fact of facts) {
        if (fact.things.every((thing) => things.owner(thing) === NOBODY || isKept[things.owner(thing)] === 1)) continue
        if (!isMet(fact)) continue
        for (const thing of fact.things) if (things.owner(thing) !== NOBODY) isKept[things.owner(thing)] = 1
        isMore = true
      }
    }
    if (!isMore) return isKept
  }
}
