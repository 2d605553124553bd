// One side with the proof of all its pairs: which machines stand for each other, and how any pair fares.
import {
  compileNetwork,
  factsOf,
  type PairClass,
  type Proof,
  probeOf,
  proveNetwork,
  type Source,
  type Target,
} from '../../verifier/index.ts'
import { type PairWalk, walkPair } from './pair-walk.ts'
import type { DiffSide } from './side.ts'

export type ProvedSide = {
  readonly side: DiffSide
  readonly proof: Proof
  /** By name of its node. */
  readonly machineOf: ReadonlyMap<string, number>
  /** By machine: the number of its kind, and of those of its kind that may change places with it alone. */
  readonly kindOf: readonly number[]
  readonly classOf: readonly number[]
  /** How the pair and all of its class fare; where it passes and what it is named are those of one of them. */
  readonly classWalkOf: (from: Source, to: Target) => PairWalk
  /** How this very pair fares. */
  readonly walkOf: (from: Source, to: Target) => PairWalk
}

export function provedSide(side: DiffSide): ProvedSide {
  const { world, states, underlay } = side
  const input = { states, facts: factsOf(world), underlay }
  const proof = proveNetwork(input)
  const network = compileNetwork(input)
  const [kindOf, classOf]: [number[], number[]] = [[], []]
  let classes = 0
  for (const [kind, { groups }] of proof.kinds.entries())
    for (const machines of groups) {
      for (const machine of machines) {
        kindOf[machine] = kind
        classOf[machine] = classes
      }
      classes++
    }
  const walkOf = (from: Source, to: Target): PairWalk => walkPair(network, probeOf(from.end, to.end))
  const walked = new Map<PairClass, PairWalk>()
  return {
    side,
    proof,
    machineOf: new Map(proof.names.map((name, machine) => [name, machine])),
    kindOf,
    classOf,
    classWalkOf(from, to) {
      const pairClass = proof.pairClassOf(from, to)
      // The proof does not ask for it, as for a private address from afar: then the pair stands for its own.
      if (pairClass === undefined) return walkOf(from, to)
      const known = walked.get(pairClass) ?? walkPair(network, pairClass.probe)
      walked.set(pairClass, known)
      return known
    },
    walkOf,
  }
}
