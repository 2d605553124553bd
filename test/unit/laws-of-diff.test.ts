// A comparison looks at one pair of each two groups of nodes that stand for each other on both sides, and says of all others that they
// gain and lose alike. Here every pair is walked on both sides, over random networks that change and break: it must be so of each.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scaledWorld } from '../../bench/scaled-world.ts'
import { endPairsOf } from '../../src/foresight/diff/end-pairs.ts'
import type { MatchedEnd } from '../../src/foresight/diff/ends.ts'
import { groupNodes, type MatchedNode, outsideGroup } from '../../src/foresight/diff/node-groups.ts'
import type { PairWalk } from '../../src/foresight/diff/pair-walk.ts'
import { type ProvedSide, provedSide } from '../../src/foresight/diff/proved-side.ts'
import { compareReach, differencesOf, type PairDifference } from '../../src/foresight/diff/reach-difference.ts'
import type { DiffSide } from '../../src/foresight/diff/side.ts'
import { walksOf } from '../../src/foresight/diff/side-walks.ts'
import { formatAddress, nthAddress, prefixOf, type World } from '../../src/model/index.ts'
import { changes, withChange } from './random-change.ts'
import { type Fault, faults, withFaults } from './random-fault.ts'
import { shapes, sortedWorldOf } from './random-world.ts'
import { inputOf, regularShapes, regularWorldOf } from './regular-world.ts'

const RUNS = { numRuns: Number(process.env.LAW_RUNS ?? 25) }
/** Few machines of these worlds are alike: nearly every pair is walked twice. */
const FEW_RUNS = { numRuns: Math.ceil(RUNS.numRuns / 3) }

describe('laws of comparison', () => {
  test('over sites of machines that are alike, of which some break', () => {
    const seen = { pairs: 0, differing: 0, moved: 0, groups: 0, nodes: 0 }
    fc.assert(
      fc.property(
        regularShapes,
        faults,
        faults,
        fc.option(changes),
        renumbered,
        (shape, before, after, change, which) => {
          const world = regularWorldOf(shape)
          const renumberedWorld = renumber(change ? withChange(world, change) : world, which)
          compareEveryPair(sideOf(world, before), sideOf(renumberedWorld, after), seen)
        },
      ),
      RUNS,
    )
    // Or nothing was tried: groups of one node each are easily right.
    expect(seen.groups).toBeLessThan((seen.nodes * 4) / 5)
    expect(seen.differing).toBeGreaterThan(seen.pairs / 50)
    expect(seen.moved).toBeGreaterThan(0)
  })

  test('over sites that are alike, all of which change, and machines that move from one to another', () => {
    const world = scaledWorld({ nodes: 12, sites: 4, families: 'v4', fabric: 'vxlan' })
    const narrow: World = { ...world, statuses: statusesWith(world, 1400) }
    const wireguard: World = {
      ...world,
      network: { ...world.network, fabric: { ...world.network.fabric, kind: 'wireguard' } },
    }
    const all = [world, narrow, wireguard, ...[world, narrow].flatMap((one) => [moved(one, 9), moved(one, 5, 9)])]
    for (const before of all) for (const after of all) compareEveryPair(sideOf(before, []), sideOf(after, []))
    const { differences } = compareReach(provedSide(sideOf(world, [])), provedSide(sideOf(narrow, [])))
    expect(new Set(differences.map(({ networks }) => networks))).toEqual(new Set(['same', 'other', undefined]))
  })

  test('over worlds of every feature, of which something changes', () => {
    fc.assert(
      fc.property(shapes, changes, faults, (shape, change, after) => {
        const world = sortedWorldOf(shape)
        compareEveryPair(sideOf(world, []), sideOf(withChange(world, change), after))
      }),
      FEW_RUNS,
    )
  })
})

const statusesWith = ({ statuses }: World, underlayMtuBytes: number): World['statuses'] =>
  new Map([...statuses].map(([name, status]) => [name, { ...status, underlayMtuBytes }]))

/** These nodes, by number, stand in the first site. */
const moved = (world: World, ...which: readonly number[]): World => ({
  ...world,
  nodes: new Map(
    [...world.nodes].map(([name, node], nth) => [name, which.includes(nth) ? { ...node, site: 'site-000000' } : node]),
  ),
})

/** Machines, by number, that get another private address. */
const renumbered = fc.array(fc.nat(20), { maxLength: 3 })

const renumber = (world: World, which: readonly number[]): World => ({
  ...world,
  nodes: new Map(
    [...world.nodes].map(([name, node], nth) => {
      if (!which.includes(nth)) return [name, node]
      const privateAddresses = node.privateAddresses.map(({ address, length }) => ({
        address: nthAddress(prefixOf(address, length), 100 + nth),
        length,
      }))
      return [name, { ...node, privateAddresses }]
    }),
  ),
})

const sideOf = (world: World, broken: readonly Fault[]): DiffSide => {
  const { states, underlay } = withFaults(inputOf(world), broken)
  return { world, states: [...states], underlay }
}

function compareEveryPair(
  before: DiffSide,
  after: DiffSide,
  seen = { pairs: 0, differing: 0, moved: 0, groups: 0, nodes: 0 },
): void {
  const [old, next] = [provedSide(before), provedSide(after)]
  const groups = groupNodes(old, next, undefined)
  const nodes = groups.flatMap(({ whole }) => whole.nodes)
  const found = compareReach(old, next)
  const walked = walkEveryPair(old, next, [...nodes, ...outsideGroup(old, next).whole.nodes])
  expect(found.differences.flatMap((one) => spreadOut(one, old, next)).sort()).toEqual(walked.differences.sort())
  expect(found.movedSources.every(({ isExample }) => !isExample)).toBe(true)
  expect(
    found.movedSources.map(({ from, to, before: was, after: is }) => `${ends(from, to)} ${was} ${is}`).sort(),
  ).toEqual(walked.moved.sort())
  expect(found.pairs).toBe(walked.pairs)
  seen.pairs += walked.pairs
  seen.differing += walked.differences.length
  seen.moved += walked.moved.length
  seen.groups += groups.length
  seen.nodes += nodes.length
}

function walkEveryPair(old: ProvedSide, next: ProvedSide, nodes: readonly MatchedNode[]) {
  const [differences, moved]: [string[], string[]] = [[], []]
  let pairs = 0
  for (const a of nodes)
    for (const b of nodes) {
      if (a === b) continue
      for (const numbers of endPairsOf([a, b])) {
        pairs++
        const [from, to] = [a.ends[numbers[0]], b.ends[numbers[1]]]
        const walks = walksOf('walkOf', old, next, [a, b], numbers)
        const sides = meaningsOf(walks)
        if (from === undefined || to === undefined) continue
        for (const one of differencesOf(sides)) differences.push(textOf(from, to, { ...one, ...sides }))
        const { before: was, after: is } = sides
        if (!was?.isReached || !is?.isReached || was.sources.length === 0) continue
        if (was.sources.join() !== is.sources.join()) moved.push(`${ends(from, to)} ${was.sources} ${is.sources}`)
      }
    }
  return { differences, moved, pairs }
}

const meaningsOf = ({ before, after }: { before?: PairWalk; after?: PairWalk }) => ({
  ...(before && { before: before.meaning }),
  ...(after && { after: after.meaning }),
})

/** All pairs that a difference is said of. */
const spreadOut = (
  { from, to, fromNodes, toNodes, networks, ...difference }: PairDifference,
  old: ProvedSide,
  next: ProvedSide,
): readonly string[] =>
  fromNodes.nodes.flatMap((a) =>
    toNodes.nodes.flatMap((b) => {
      const [source, target] = [a.ends[placeOf(fromNodes.nodes, from)], b.ends[placeOf(toNodes.nodes, to)]]
      if (a === b || source === undefined || target === undefined) return []
      const isMeant =
        networks === undefined || [networkIn(old, a.old, b.old), networkIn(next, a.next, b.next)].includes(networks)
      return isMeant ? [textOf(source, target, difference)] : []
    }),
  )

const networkIn = ({ proof: { networkOf } }: ProvedSide, a: number | undefined, b: number | undefined) => {
  if (a === undefined || b === undefined) return undefined
  return networkOf[a] !== undefined && networkOf[a] === networkOf[b] ? 'same' : 'other'
}

const placeOf = (nodes: readonly MatchedNode[], end: MatchedEnd): number =>
  Math.max(...nodes.map((node) => node.ends.indexOf(end)))

const ends = (from: MatchedEnd, to: MatchedEnd): string =>
  [from, to]
    .map(({ kind, node, old, next }) =>
      [kind, node, ...[old, next].map((side) => side && formatAddress(side.target.address))].join('/'),
    )
    .join(' -> ')

type Said = Pick<PairDifference, 'aspect' | 'change' | 'before' | 'after'>

const textOf = (from: MatchedEnd, to: MatchedEnd, { aspect, change, before, after }: Said): string =>
  `${ends(from, to)}: ${aspect} ${change} ${[before, after].map((side) => side && `${side.verdict.kind} ${side.mtuBytes} ${side.publicCrossings} ${side.clearCrossings} ${side.barePublicCrossings}`)}`
