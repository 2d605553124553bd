// The pairs of machines that a change is about, walked: each of these with one of each group of the others, and with each other.
import { compileNetwork, type NetworkInput } from '../compiled-network.ts'
import { traceProbe } from '../trace.ts'
import type { Affected } from './affected.ts'
import type { End } from './ends.ts'
import type { Kind, Relation } from './kinds.ts'
import {
  type Origin,
  outcomeFrom,
  type PairClass,
  type Proof,
  probeOf,
  type Source,
  sourcesOf,
  type Target,
} from './prove.ts'

export type ToWalk = Affected & {
  /** Of the affected machines. */
  readonly ends: ReadonlyMap<number, readonly End[]>
  readonly isSame: (name: string) => boolean
}

/** Undefined: what a session hangs on has to be looked at as a whole. */
export function walkAffected(origin: Origin, input: NetworkInput, affected: ToWalk): Proof | undefined {
  const { machines, groups, isSame } = affected
  const old = origin.proof
  const network = compileNetwork(input, { network: origin.network, isSame })
  const destinations = (machine: number): readonly End[] => affected.ends.get(machine) ?? old.destinations(machine)
  const sources = (machine: number): readonly End[] => {
    const own = affected.ends.get(machine)
    return own === undefined ? old.sources(machine) : sourcesOf(own)
  }
  const kinds = kindsAfter(old.kinds, affected)
  const kindOf = new Int32Array(old.names.length)
  for (const [nth, { machines: members }] of kinds.slice(old.kinds.length).entries())
    for (const member of members) kindOf[member] = old.kinds.length + nth
  const walked: PairClass[] = []
  const byKey = new Map<string, PairClass>()
  const meet = (here: number, there: number | undefined, pairs: number): void => {
    const relation = there === undefined ? 'far' : old.relationOf(here, there)
    const from = kindOf[here] ?? -1
    const to = there === undefined ? undefined : kindOf[there]
    for (const fromEnd of sources(here))
      for (const toEnd of there === undefined ? old.outside : destinations(there)) {
        if (toEnd.address.family !== fromEnd.address.family || (toEnd.isNear && relation === 'far')) continue
        const probe = probeOf(fromEnd, toEnd)
        const outcome = outcomeFrom(traceProbe(network, probe))
        const made: PairClass = { from, to, relation, fromEnd, toEnd, probe, pairs, outcome }
        byKey.set(`${from} ${fromEnd.role} ${to} ${toEnd.role}`, made)
        walked.push(made)
      }
  }
  for (const machine of machines) {
    for (const other of machines) if (other !== machine) meet(machine, other, 1)
    for (const group of groups) {
      const [first] = group
      if (first === undefined) continue
      meet(machine, first, group.length)
      meet(first, machine, group.length)
    }
    meet(machine, undefined, 1)
  }
  if (network.visits.isEntangled) return undefined
  const kept = keptClasses(origin, machines, (probe) => outcomeFrom(traceProbe(network, probe)))
  const pairClasses = [...kept.values(), ...walked]
  return {
    ...old,
    origin,
    isWhole: false,
    kinds,
    pairClasses,
    pairs: pairClasses.reduce((sum, { pairs }) => sum + pairs, 0),
    sources,
    destinations,
    pairClassOf: (from: Source, to: Target) => {
      if (from.machine === to.machine) return undefined
      if (!machines.has(from.machine) && !machines.has(to.machine ?? -1)) {
        const found = old.pairClassOf(from, to)
        return found && kept.get(found)
      }
      const there = to.machine === undefined ? undefined : kindOf[to.machine]
      return byKey.get(`${kindOf[from.machine]} ${from.end.role} ${there} ${to.end.role}`)
    },
  }
}

/** Those of before, without the affected machines; then each of these; then the groups of all others, for pairs with these. */
function kindsAfter(old: readonly Kind[], { machines, groups }: Affected): readonly Kind[] {
  const isOther = (machine: number): boolean => !machines.has(machine)
  return [
    ...old.map((kind) =>
      kind.machines.every(isOther)
        ? kind
        : { machines: kind.machines.filter(isOther), groups: kind.groups.map((group) => group.filter(isOther)) },
    ),
    ...[...machines].map((machine) => ({ machines: [machine], groups: [[machine]] })),
    ...groups.map((group) => ({ machines: group, groups: [group] })),
  ]
}

/** By what they were before: without the pairs of affected machines, and said of another pair where it was said of such a one. */
function keptClasses(
  { proof, read: { base }, kinds }: Origin,
  machines: ReadonlySet<number>,
  outcomeOf: (probe: PairClass['probe']) => PairClass['outcome'],
): ReadonlyMap<PairClass, PairClass> {
  const lost = lostPairs(proof, kinds.kindOf, machines)
  const numbers = new Map([...machines].map((machine) => [base.names[machine], machine]))
  const isOf = (probe: PairClass['probe']): boolean =>
    numbers.has(probe.from.node) || ('node' in probe.to && numbers.has(probe.to.node))
  const examples = new Map<string, readonly [number, number | undefined] | undefined>()
  const exampleOf = (one: PairClass): readonly [number, number | undefined] | undefined => {
    const key = `${one.from} ${one.to} ${one.relation}`
    if (!examples.has(key)) examples.set(key, exampleWithout(proof, machines, one))
    return examples.get(key)
  }
  const kept = new Map<PairClass, PairClass>()
  for (const one of proof.pairClasses) {
    const pairs = one.pairs - (lost.get(`${one.from} ${one.to} ${one.relation}`) ?? 0)
    if (pairs === 0) continue
    const example = isOf(one.probe) ? exampleOf(one) : undefined
    if (example === undefined) {
      kept.set(one, { ...one, pairs })
      continue
    }
    const [from, to] = example
    const fromEnd = proof.sources(from).find(({ role }) => role === one.fromEnd.role)
    const toEnd = (to === undefined ? proof.outside : proof.destinations(to)).find(
      ({ role }) => role === one.toEnd.role,
    )
    if (fromEnd === undefined || toEnd === undefined) continue
    const probe = probeOf(fromEnd, toEnd)
    kept.set(one, { ...one, pairs, fromEnd, toEnd, probe, outcome: outcomeOf(probe) })
  }
  return kept
}

/** By how they meet: how many pairs of machines one of these is in. */
function lostPairs(proof: Proof, kindOf: Int32Array, machines: ReadonlySet<number>): ReadonlyMap<string, number> {
  const lost = new Map<string, number>()
  const lose = (from: number, to: number | undefined, relation: Relation): void => {
    const key = `${kindOf[from]} ${to === undefined ? undefined : kindOf[to]} ${relation}`
    lost.set(key, (lost.get(key) ?? 0) + 1)
  }
  for (const machine of machines) {
    lose(machine, undefined, 'far')
    for (const other of proof.names.keys()) {
      if (other === machine) continue
      const relation = proof.relationOf(machine, other)
      lose(machine, other, relation)
      if (!machines.has(other)) lose(other, machine, relation)
    }
  }
  return lost
}

function exampleWithout(
  proof: Proof,
  machines: ReadonlySet<number>,
  { from, to, relation }: PairClass,
): readonly [number, number | undefined] | undefined {
  for (const here of proof.kinds[from]?.machines ?? []) {
    if (machines.has(here)) continue
    if (to === undefined) return [here, undefined]
    for (const there of proof.kinds[to]?.machines ?? [])
      if (here !== there && !machines.has(there) && proof.relationOf(here, there) === relation) return [here, there]
  }
  return undefined
}
