// A proof walks one pair of each class and says of all others that they fare alike. Here every pair is walked, over random networks
// that are broken in random places: it must be so of each.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compileNetwork,
  type NetworkInput,
  type Outcome,
  outcomeFrom,
  probeOf,
  proveNetwork,
  traceProbe,
} from '../../src/verifier/index.ts'
import { faults, withFaults } from './random-fault.ts'
import { shapes, sortedWorldOf } from './random-world.ts'
import { inputOf, regularShapes, regularWorldOf, vxlanWorldOf } from './regular-world.ts'

const RUNS = { numRuns: Number(process.env.LAW_RUNS ?? 25) }
/** Few machines of these worlds are alike: nearly every pair is walked twice. */
const FEW_RUNS = { numRuns: Math.ceil(RUNS.numRuns / 3) }

describe('laws of proof', () => {
  test('over sites of machines that are alike, all but the broken ones', () => {
    let walked = 0
    let classes = 0
    let lost = 0
    fc.assert(
      fc.property(regularShapes, faults, (shape, all) => {
        const found = checkEveryPair(withFaults(inputOf(regularWorldOf(shape)), all))
        walked += found.pairs
        classes += found.witnesses
        lost += found.lost
      }),
      RUNS,
    )
    // Or nothing was tried: classes of one pair each are easily right.
    expect(classes).toBeLessThan((walked * 2) / 3)
    expect(lost).toBeGreaterThan(walked / 50)
  })

  test('over sites of which two each have the same private range: the two stand for each other', () => {
    const sites = Array.from({ length: 8 }, () => ({ machines: 4, isBehindNat: false }))
    const input = inputOf(vxlanWorldOf(sites, { isInTurn: false, overlap: 'ranges' }))
    checkEveryPair(input)
    // Of each two sites the gateways, and the others.
    expect(proveNetwork(input).kinds).toHaveLength(2 * 4)
  })

  test('over worlds of every feature', () => {
    fc.assert(
      fc.property(shapes, faults, (shape, all) => {
        checkEveryPair(withFaults(inputOf(sortedWorldOf(shape)), all))
      }),
      FEW_RUNS,
    )
  })
})

function checkEveryPair(input: NetworkInput): { pairs: number; witnesses: number; lost: number } {
  const proof = proveNetwork(input)
  const network = compileNetwork(input)
  let pairs = 0
  let lost = 0
  const all = proof.names.flatMap((_, machine) => proof.destinations(machine).map((end) => ({ machine, end })))
  const targets = [...all, ...proof.outside.map((end) => ({ end }))]
  for (const machine of proof.names.keys())
    for (const end of proof.sources(machine))
      for (const target of targets) {
        const found = proof.pairClassOf({ machine, end }, target)
        if (found === undefined) continue
        pairs += 1
        const probe = probeOf(end, target.end)
        const walked = outcomeFrom(traceProbe(network, probe))
        if (walked.verdict.kind !== 'delivered') lost += 1
        if (summary(walked) !== summary(found.outcome))
          expect.fail(
            `${JSON.stringify(probe)}: ${summary(walked)}, and its class says ${summary(found.outcome)} by ${JSON.stringify(found.probe)}`,
          )
      }
  expect(pairs).toBe(proof.pairs)
  return { pairs, witnesses: proof.pairClasses.length, lost }
}

const summary = ({ verdict, direction, mtuBytes, lostAboveBytes, isBare, warnings }: Outcome): string =>
  `${verdict.kind} ${'mtuBytes' in verdict ? verdict.mtuBytes : ''} ${direction} ${mtuBytes} ${lostAboveBytes} ${isBare} ${warnings.length}`
