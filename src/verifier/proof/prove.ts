// All pairs of a network by classes: of each class one pair is walked, and the others fare alike.
import type { Address, Family } from '../../model/index.ts'
import { type CompiledNetwork, compileNetwork, type NetworkInput } from '../compiled-network.ts'
import type { Verdict } from '../hop.ts'
import { type Probe, type Trace, traceProbe } from '../trace.ts'
import { carriersIn } from './carriers.ts'
import { type End, endsOf, outsideAddresses } from './ends.ts'
import { type FactBase, factsOfNetwork } from './facts.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Kind, type Kinds, kindsOf, meetingsOf, type Relation } from './kinds.ts'
import { machineClassesOf, networkClassesOf } from './machine-classes.ts'
import { type Regions, regionsOf } from './regions.ts'

/** How all pairs of a class fare: said of one of them. */
export type Outcome = {
  readonly verdict: Verdict
  readonly direction: Trace['direction']
  /** The largest packet that passes unsplit, and above which size all are lost without a word. */
  readonly mtuBytes: number
  readonly lostAboveBytes: number
  /** On a public network that is not its destination, in the clear. */
  readonly isBare: boolean
  readonly warnings: readonly string[]
}

/** Pairs that fare alike. */
export type PairClass = {
  /** Numbers of kinds; none: what is outside. */
  readonly from: number
  readonly to: number | undefined
  readonly relation: Relation
  readonly fromEnd: End
  readonly toEnd: End
  readonly probe: Probe
  readonly pairs: number
  readonly outcome: Outcome
}

export type Proof = {
  readonly names: readonly string[]
  readonly networks: readonly string[]
  /** By machine its number among `networks`. */
  readonly networkOf: readonly (number | undefined)[]
  /** Of a proof that is not whole: those of the origin, then those that its new classes speak of, which are among them too. */
  readonly kinds: readonly Kind[]
  readonly pairClasses: readonly PairClass[]
  readonly pairs: number
  /** Undefined: no pair that is asked for. Ends are those of `sources` and `destinations`. */
  readonly pairClassOf: (from: Source, to: Target) => PairClass | undefined
  readonly relationOf: (from: number, to: number) => Relation
  readonly sources: (machine: number) => readonly End[]
  readonly destinations: (machine: number) => readonly End[]
  readonly outside: readonly End[]
  /** Every pair was looked at; else those alone that a change since `origin` can tell of. */
  readonly isWhole: boolean
  readonly origin: Origin
}

/** A whole proof, and what it was made of. */
export type Origin = {
  readonly proof: Proof
  readonly read: ReadNetwork
  readonly kinds: Kinds
  readonly network: CompiledNetwork
  /** Kinds whose machines have a hand in the packets of others. */
  readonly carriers: ReadonlySet<number>
}

export type Source = { readonly machine: number; readonly end: End }
/** Without a machine: outside. */
export type Target = { readonly machine?: number; readonly end: End }

/** What a proof and its check read of the network. */
export type ReadNetwork = {
  readonly input: NetworkInput
  readonly base: FactBase
  readonly regions: Regions
  readonly others: readonly Address[]
}

export function readNetwork(input: NetworkInput): ReadNetwork {
  const base = factsOfNetwork(input)
  const others = outsideAddresses(input)
  return { input, base, regions: regionsOf(base, others), others }
}

export function proveNetwork(input: NetworkInput): Proof {
  const read = readNetwork(input)
  const { base, regions } = read
  const classes = machineClassesOf(base, regions)
  return walkKinds(read, kindsOf(base, classes, networkClassesOf(base, regions, classes)))
}

/** Walks one pair of each two kinds, for each way in which two machines may stand to each other, and each two ends. */
export function walkKinds(read: ReadNetwork, kinds: Kinds): Proof {
  const { input, base, regions, others } = read
  const network = compileNetwork(input)
  const carriers = carriersIn(network, base, regions, kinds)
  const ends = endsOf(input, regions, base)
  const outside = others.map((address): End => {
    const prefix = regions.things.prefix(regions.things.ofAddress(address)) ?? { ...address, length: 0 }
    return { probe: { kind: 'outside', address }, address, prefix, role: fingerprintOf(`outside ${address.family}`) }
  })
  const sources = (machine: number): readonly End[] => sourcesOf(ends[machine] ?? [])
  const destinations = (machine: number): readonly End[] => ends[machine] ?? []
  const pairClasses: PairClass[] = []
  const byKey = new Map<string, PairClass>()
  const meet = (from: number, to: number | undefined, relation: Relation, count: number, example: Example): void => {
    const [here, there] = example
    for (const fromEnd of sources(here))
      for (const toEnd of there === undefined ? outside : destinations(there)) {
        if (toEnd.address.family !== fromEnd.address.family || (toEnd.isNear && relation === 'far')) continue
        const probe = probeOf(fromEnd, toEnd)
        carriers.begin()
        const trace = traceProbe(network, probe)
        carriers.note(trace, here, there)
        const outcome = outcomeFrom(trace)
        const made: PairClass = { from, to, relation, fromEnd, toEnd, probe, pairs: count, outcome }
        byKey.set(pairKey(from, fromEnd, to, toEnd, relation), made)
        pairClasses.push(made)
      }
  }
  for (const [from, { machines }] of kinds.kinds.entries()) {
    for (const to of kinds.kinds.keys())
      for (const { relation, pairs, example } of meetingsOf(kinds, from, to)) meet(from, to, relation, pairs, example)
    const [first] = machines
    if (first !== undefined) meet(from, undefined, 'far', machines.length, [first, undefined])
  }
  const proof: Proof = {
    names: base.names,
    networks: base.networks,
    networkOf: base.networkOf.map((number) => (number === undefined ? undefined : number - base.names.length)),
    kinds: kinds.kinds,
    pairClasses,
    pairs: pairClasses.reduce((sum, { pairs }) => sum + pairs, 0),
    pairClassOf: (from, to) => {
      if (from.machine === to.machine) return undefined
      const here = kinds.kindOf[from.machine] ?? -1
      if (to.machine === undefined) return byKey.get(pairKey(here, from.end, undefined, to.end, 'far'))
      const relation = kinds.relationOf(from.machine, to.machine)
      return byKey.get(pairKey(here, from.end, kinds.kindOf[to.machine], to.end, relation))
    },
    relationOf: kinds.relationOf,
    sources,
    destinations,
    outside,
    isWhole: true,
    get origin() {
      return { proof, read, kinds, network, carriers: carriers.kinds }
    },
  }
  return proof
}

type Example = readonly [number, number | undefined]

const pairKey = (from: number, fromEnd: End, to: number | undefined, toEnd: End, relation: Relation): string =>
  `${from} ${fromEnd.role} ${to} ${toEnd.role} ${relation}`

/** A machine takes the address of its own choice, once a family. */
export function sourcesOf(ends: readonly End[]): readonly End[] {
  const seen = new Set<Family>()
  return ends.flatMap((end) => {
    if (end.probe.kind !== 'host') return [end]
    if (seen.has(end.address.family)) return []
    seen.add(end.address.family)
    return [{ ...end, role: HOST_ROLE[end.address.family] }]
  })
}

const HOST_ROLE = { 4: fingerprintOf('host 4'), 6: fingerprintOf('host 6') } as const

export function probeOf({ probe: from }: End, { probe: to, address }: End): Probe {
  if (from.kind === 'outside') throw new Error('nobody walks from outside')
  const { kind, node } = from
  const start = kind === 'host' ? { kind, node } : { kind, node, address: from.address }
  return { from: start, to: { ...to, address }, protocol: 'icmp' }
}

export function outcomeFrom({ verdict, direction, mtuBytes, forth, back, probe }: Trace): Outcome {
  const branches = [...forth, ...back]
  return {
    verdict,
    direction,
    mtuBytes,
    lostAboveBytes: Math.min(...branches.map((branch) => branch.lostAboveBytes)),
    isBare:
      verdict.kind === 'leaked' ||
      (probe.to.kind !== 'outside' &&
        branches.some(({ hops }) =>
          hops.some(({ crossing }) => crossing !== undefined && crossing.kind === 'public' && !crossing.isEncrypted),
        )),
    warnings: [...new Set(branches.flatMap(({ warnings }) => warnings))],
  }
}
