// Machines by kind: the same place in private networks that stand for each other. Two machines' kinds, and how the two stand to each
// other, say how their packets fare.
import type { FactBase } from './facts.ts'
import type { MachineClasses, NetworkClasses } from './machine-classes.ts'

/** Two of one class in one network, two classes of one network, two networks. */
export type Relation = 'alike' | 'near' | 'far'

export type Kind = {
  readonly machines: readonly number[]
  /** One per private network: machines of one kind there. */
  readonly groups: readonly (readonly number[])[]
}

export type Meeting = {
  readonly from: number
  readonly to: number
  readonly relation: Relation
  readonly pairs: number
  /** Two machines that meet so. */
  readonly example: readonly [number, number]
}

export type Kinds = {
  readonly kindOf: Int32Array
  readonly kinds: readonly Kind[]
  readonly relationOf: (from: number, to: number) => Relation
}

export function kindsOf(base: FactBase, { classOf, classes }: MachineClasses, near: NetworkClasses): Kinds {
  const numbers = new Map<string, number>()
  const groups: (readonly number[])[][] = []
  const kindOf = new Int32Array(classOf.length)
  for (const { members } of classes) {
    const [first] = members
    if (first === undefined) continue
    const key = `${near.classOf[near.blockOf[first] ?? -1]} ${near.roleOf[first]}`
    const kind = numbers.get(key) ?? numbers.size
    numbers.set(key, kind)
    const list = groups[kind] ?? []
    groups[kind] = list
    list.push(members)
    for (const member of members) kindOf[member] = kind
  }
  const isOneNetwork = (a: number, b: number): boolean =>
    base.networkOf[a] !== undefined && base.networkOf[a] === base.networkOf[b]
  return {
    kindOf,
    kinds: groups.map((list) => ({ groups: list, machines: list.flat() })),
    relationOf: (from, to) => (classOf[from] === classOf[to] ? 'alike' : isOneNetwork(from, to) ? 'near' : 'far'),
  }
}

/** How machines of these kinds meet: at most once for each relation. */
export function meetingsOf({ kinds, relationOf }: Kinds, from: number, to: number): readonly Meeting[] {
  const [here, there] = [kinds[from], kinds[to]]
  if (here === undefined || there === undefined) return []
  const found = new Map<Relation, { pairs: number; example: readonly [number, number] }>()
  const note = (relation: Relation, pairs: number, a: number | undefined, b: number | undefined): void => {
    if (pairs === 0 || a === undefined || b === undefined) return
    const before = found.get(relation)
    found.set(relation, { pairs: (before?.pairs ?? 0) + pairs, example: before?.example ?? [a, b] })
  }
  if (from === to) {
    for (const group of here.groups) note('alike', group.length * (group.length - 1), group[0], group[1])
    const [first, second] = here.groups
    const own = here.groups.reduce((sum, { length }) => sum + length * length, 0)
    note('far', here.machines.length ** 2 - own, first?.[0], second?.[0])
  } else {
    let nearPairs = 0
    let farExample: readonly [number, number] | undefined
    for (const group of here.groups) {
      const [a] = group
      if (a === undefined) continue
      for (const other of there.groups) {
        const [b] = other
        if (b === undefined) continue
        if (relationOf(a, b) === 'near') {
          nearPairs += group.length * other.length
          note('near', group.length * other.length, a, b)
        } else farExample ??= [a, b]
      }
    }
    note('far', here.machines.length * there.machines.length - nearPairs, farExample?.[0], farExample?.[1])
  }
  return [...found].map(([relation, { pairs, example }]) => ({ from, to, relation, pairs, example }))
}
