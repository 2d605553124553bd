// After one change a proof is made of the one before. It must say of every pair what a proof of the changed network as a whole says.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddress, type World } from '../../src/model/index.ts'
import {
  type End,
  type Outcome,
  type Proof,
  proveNetwork,
  reproveNetwork,
  type Target,
} from '../../src/verifier/index.ts'
import { type Fault, faults, withFaults } from './random-fault.ts'
import { changedStates, changedWorld, changes, isOfPods, planned, type RandomChange } from './random-reproof.ts'
import { shapes, sortedWorldOf } from './random-world.ts'
import { regularShapes, regularWorldOf } from './regular-world.ts'

const RUNS = { numRuns: Number(process.env.LAW_RUNS ?? 60) }
/** Few machines of these worlds are alike, and little of what happens there is followed up. */
const FEW_RUNS = { numRuns: Math.ceil(RUNS.numRuns / 6) }

describe('laws of proofs after a change', () => {
  test('over sites of machines that are alike: most that changes pods is followed up', () => {
    let podChanges = 0
    let followed = 0
    const others = new Set<string>()
    fc.assert(
      fc.property(regularShapes, faults, changes, fc.boolean(), (shape, all, change, isPlannedAnew) => {
        const some = all.slice(0, 1)
        const isWhole = checkChange(regularWorldOf(shape), some, change, isPlannedAnew)
        if (isOfPods(change)) {
          podChanges += 1
          if (!isWhole) followed += 1
        } else if (!isWhole) others.add(change.kind)
      }),
      RUNS,
    )
    expect(podChanges).toBeGreaterThan(RUNS.numRuns / 10)
    expect(followed).toBeGreaterThan(podChanges / 2)
    if (process.env.LAW_NOTES) console.info({ podChanges, followed, others: [...others] })
  })

  test('over worlds of every feature', () => {
    fc.assert(
      fc.property(shapes, faults, changes, fc.boolean(), (shape, all, change, isPlannedAnew) => {
        checkChange(sortedWorldOf(shape), all, change, isPlannedAnew)
      }),
      FEW_RUNS,
    )
  })

  test('one thing that breaks', () => {
    let followed = 0
    fc.assert(
      fc.property(regularShapes, faults, (shape, all) => {
        const { input } = planned(regularWorldOf(shape))
        const [fault, ...others] = all
        if (fault === undefined) return
        const before = withFaults(input, others)
        const after = withFaults(before, [fault])
        const proof = reproveNetwork(proveNetwork(before), after)
        expectSame(proof, proveNetwork(after))
        if (!proof.isWhole) followed += 1
      }),
      RUNS,
    )
    expect(followed).toBeGreaterThan(0)
  })

  test('one change after the other', () => {
    fc.assert(
      fc.property(regularShapes, fc.array(changes, { minLength: 2, maxLength: 4 }), (shape, all) => {
        let world = regularWorldOf(shape)
        let { plan, input } = planned(world)
        let proof = proveNetwork(input)
        for (const change of all) {
          world = changedWorld(world, change)
          ;({ plan, input } = planned(world, plan))
          input = changedStates(input, change)
          proof = reproveNetwork(proof, input)
          expectSame(proof, proveNetwork(input))
        }
      }),
      { numRuns: Math.ceil(RUNS.numRuns / 4) },
    )
  })
})

/** Whether it was proved as a whole. */
function checkChange(world: World, all: readonly Fault[], change: RandomChange, isPlannedAnew: boolean): boolean {
  const { plan, input } = planned(world)
  const before = proveNetwork(withFaults(input, all))
  const after = planned(changedWorld(world, change), isPlannedAnew ? undefined : plan)
  const changed = changedStates(withFaults(after.input, all), change)
  const proof = reproveNetwork(before, changed)
  expectSame(proof, proveNetwork(changed))
  return proof.isWhole
}

function expectSame(proof: Proof, whole: Proof): void {
  expect(proof.names).toEqual(whole.names)
  expect(proof.pairs, 'pairs').toBe(whole.pairs)
  expect(proof.pairs).toBe(proof.pairClasses.reduce((sum, { pairs }) => sum + pairs, 0))
  const all = (one: Proof): readonly Target[] => [
    ...one.names.flatMap((_, machine) => one.destinations(machine).map((end) => ({ machine, end }))),
    ...one.outside.map((end) => ({ end })),
  ]
  const targets = new Map(all(proof).map((target) => [`${target.machine} ${textOf(target.end)}`, target]))
  for (const machine of whole.names.keys()) {
    const sources = new Map(proof.sources(machine).map((end) => [textOf(end), end]))
    for (const end of whole.sources(machine)) {
      const own = sources.get(textOf(end))
      if (own === undefined) expect.fail(`no packets are sent from ${textOf(end)}`)
      for (const target of all(whole)) {
        const wanted = whole.pairClassOf({ machine, end }, target)
        const there = targets.get(`${target.machine} ${textOf(target.end)}`)
        if (there === undefined) expect.fail(`no packets are sent to ${textOf(target.end)}`)
        const found = proof.pairClassOf({ machine, end: own }, there)
        if (summary(found?.outcome) !== summary(wanted?.outcome))
          expect.fail(
            `${textOf(end)} to ${textOf(target.end)}: ${summary(found?.outcome)} and not ${summary(wanted?.outcome)}`,
          )
      }
    }
  }
}

const textOf = ({ probe, address }: End): string =>
  `${probe.kind} ${'node' in probe ? probe.node : ''} ${formatAddress(address)}`

function summary(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'nothing'
  const { verdict, direction, mtuBytes, lostAboveBytes, isBare, warnings } = outcome
  return `${verdict.kind} ${'mtuBytes' in verdict ? verdict.mtuBytes : ''} ${direction} ${mtuBytes} ${lostAboveBytes} ${isBare} ${warnings.length}`
}
