// Costs are counted by groups of machines that fare alike. Here every pair is walked by itself, over random networks, whole and broken, and
// the sums must be the same.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scaledWorld } from '../../bench/scaled-world.ts'
import { endsBetween } from '../../src/foresight/cost/pair-ends.ts'
import { walkWay } from '../../src/foresight/cost/walked-way.ts'
import {
  type CostReport,
  costOf,
  FREE,
  type Fraction,
  flowsOfAllPairs,
  fraction,
  type Places,
  waysOf,
} from '../../src/foresight/index.ts'
import { compileNetwork, machineKindsOf, type NetworkInput } from '../../src/verifier/index.ts'
import { largeShapes, largeWorldOf } from './large-world.ts'
import { faults, withFaults } from './random-fault.ts'
import { shapes, sortedWorldOf } from './random-world.ts'
import { inputOf, regularShapes, regularWorldOf } from './regular-world.ts'

const RUNS = { numRuns: Number(process.env.LAW_RUNS ?? 40) }
const FEW_RUNS = { numRuns: Math.ceil(RUNS.numRuns / 20) }
const PACKET_BYTES = 1000

/** How places lie among the machines: a place for each private network, for each machine, or across both. */
const layouts = fc.constantFrom('networks', 'machines', 'halves', 'thirds')

describe('laws of cost', () => {
  test('over sites of machines that are alike, all but the broken ones', () => {
    const seen = { pairs: 0, flows: 0, lost: 0, relayed: 0 }
    fc.assert(
      fc.property(regularShapes, faults, layouts, (shape, all, layout) => {
        for (const input of [inputOf(regularWorldOf(shape)), withFaults(inputOf(regularWorldOf(shape)), all)])
          check(input, layout, seen)
      }),
      RUNS,
    )
    // Or nothing was tried: groups of one machine each are easily right.
    expect(seen.flows).toBeLessThan(seen.pairs * 0.8)
    expect(seen.lost).toBeGreaterThan(5)
    expect(seen.relayed).toBeGreaterThan(100)
  }, 120_000)

  test('over worlds of every feature', () => {
    fc.assert(
      fc.property(shapes, faults, layouts, (shape, all, layout) => {
        check(withFaults(inputOf(sortedWorldOf(shape)), all), layout)
      }),
      RUNS,
    )
  }, 120_000)

  test('over larger networks', () => {
    fc.assert(
      fc.property(largeShapes, layouts, (shape, layout) => {
        check(inputOf(largeWorldOf(shape)), layout)
      }),
      FEW_RUNS,
    )
  }, 120_000)
})

test('hundreds of nodes are a few groups: of each site its gateway, and all others', () => {
  const input = inputOf(scaledWorld({ nodes: 300, sites: 10 }))
  const { groups } = waysOf({ input, places: placesIn(input, 'networks') })
  expect(groups.map(({ length }) => length).sort()).toEqual([...Array(10).fill(1), ...Array(10).fill(29)])
})

function check(input: NetworkInput, layout: string, seen = { pairs: 0, flows: 0, lost: 0, relayed: 0 }): void {
  const places = placesIn(input, layout)
  const ways = waysOf({ input, places, packetBytes: PACKET_BYTES })
  const flows = flowsOfAllPairs(ways, fraction(1n))
  const prices = { currency: '', unitBytes: 1n, usual: FREE, places: new Map(), pairs: new Map() }
  const report = costOf({ ways, flows, places, prices })
  const walked = sumsOfEveryPair(input, places)
  expect(sumsIn(report)).toEqual(walked.sums)
  seen.pairs += walked.pairs
  seen.flows += flows.length
  seen.lost += report.losses.length
  seen.relayed += walked.relayed
}

function placesIn({ underlay }: NetworkInput, layout: string): Places {
  const names = [...underlay.hosts.keys()]
  return new Map(
    names.map((name, nth) => {
      const byLayout: Readonly<Record<string, string>> = {
        machines: name,
        halves: `p${nth % 2}`,
        thirds: `p${nth % 3}`,
      }
      return [name, byLayout[layout] ?? underlay.hosts.get(name)?.network ?? name]
    }),
  )
}

type Sums = Readonly<Record<string, number>>

function sumsIn({ pairs, borders, losses }: CostReport): Sums {
  const entries = [
    ...pairs.flatMap(({ from, to, bytes, publicBytes }) => [
      [`${from} ${to}`, bytes] as const,
      [`${from} ${to} public`, publicBytes] as const,
    ]),
    ...borders.flatMap(({ place, out, into }) => [[`${place} out`, out] as const, [`${place} in`, into] as const]),
    ...losses.map(({ from, to, bytes }) => [`${from} ${to} lost`, bytes] as const),
  ]
  return rounded(entries.map(([key, value]) => [key, numberOf(value)]))
}

function sumsOfEveryPair(input: NetworkInput, places: Places): { sums: Sums; pairs: number; relayed: number } {
  const kinds = machineKindsOf(input)
  const network = compileNetwork(input)
  const sums = new Map<string, number>()
  const add = (key: string, bytes: number) => sums.set(key, (sums.get(key) ?? 0) + bytes)
  let [pairs, relayed] = [0, 0]
  for (const [from, fromName] of kinds.names.entries())
    for (const [to, toName] of kinds.names.entries()) {
      if (from === to) continue
      pairs++
      const pair = `${places.get(fromName)} ${places.get(toName)}`
      const ends = endsBetween(kinds, from, to)
      if (ends === undefined) {
        add(`${pair} lost`, 1)
        continue
      }
      const { legs, losses } = walkWay(network, ends, PACKET_BYTES)
      if (legs.filter(({ isPublic }) => isPublic).length > 1) relayed++
      for (const { share } of losses) add(`${pair} lost`, numberOf(share))
      for (const leg of legs) {
        const [start, end] = [places.get(leg.from), places.get(leg.to ?? '')]
        const bytes = (numberOf(leg.share) * leg.wireBytes) / PACKET_BYTES
        add(`${start} ${end}`, bytes)
        if (!leg.isPublic) continue
        add(`${start} ${end} public`, bytes)
        add(`${start} out`, bytes)
        add(`${end} in`, bytes)
      }
    }
  return { sums: rounded([...sums]), pairs, relayed }
}

const numberOf = ({ numerator, denominator }: Fraction): number => Number(numerator) / Number(denominator)

/** Without nothings, and to so many digits as sums in another order have in common. */
const rounded = (entries: readonly (readonly [string, number])[]): Sums =>
  Object.fromEntries(
    entries
      .map(([key, value]) => [key, Math.round(value * 1e6) / 1e6] as const)
      .filter(([, value]) => value !== 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
