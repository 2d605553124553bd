// What holds of plans that are made one after the other, each with the one before at hand: what they keep changes nothing but the time.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Liveness, Local, World } from '../../src/model/index.ts'
import { endpointHosts, type Plan, planNode, preparePlan, topologyOf } from '../../src/planner/index.ts'
import { type LargeShape, largeShapes, largeWorldOf, plainShapes, withNode } from './large-world.ts'
import { type Change, changes, prefixChanges, withChange } from './random-change.ts'
import { localOf, RUNS } from './random-plan.ts'
import { deadSeeds, livenessOf, nodeShapes, type Shape, shapes, sortedWorldOf } from './random-world.ts'

type Step = {
  readonly change: Change
  /** Which nodes are planned besides those of `watched`; where none, not even those. */
  readonly planned: readonly number[]
  /** What carries nothing while they are planned. */
  readonly dead: readonly boolean[] | undefined
}

const stepsOf = (change: fc.Arbitrary<Change>, isLiveness: boolean): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.record({
      change,
      planned: fc.array(fc.nat(1000), { maxLength: 3 }),
      dead: isLiveness ? fc.option(deadSeeds, { nil: undefined, freq: 4 }) : fc.constant(undefined),
    }),
    { minLength: 1, maxLength: 12 },
  )

describe('laws of memory', () => {
  test('after prefixes of a large network came, went, merged and clashed its plan is the plan made from nothing', () => {
    fc.assert(
      fc.property(plainShapes, stepsOf(prefixChanges, false), (shape, steps) => expectSameAlong(shape, steps)),
      { numRuns: Math.ceil(RUNS.numRuns / 4) },
    )
  })

  test('after small changes of every kind the plan of a large network is the plan made from nothing', () => {
    fc.assert(
      fc.property(largeShapes, stepsOf(changes, true), (shape, steps) => expectSameAlong(shape, steps)),
      { numRuns: Math.ceil(RUNS.numRuns / 7) },
    )
  })

  test('after one machine after the other became another, every plan is the plan made from nothing', () => {
    const machines = fc.array(fc.tuple(fc.nat(100), nodeShapes), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(shapes, machines, deadSeeds, (first, list, dead) => {
        let shape = first
        let world = sortedWorldOf(first)
        let plan = preparePlan(world)
        expectSame(plan, world, [...world.nodes.keys()], undefined)
        for (const [which, machine] of list) {
          shape = withMachine(shape, which, machine)
          world = keepObjects(sortedWorldOf(shape), world)
          plan = preparePlan(world, plan)
          expectSame(plan, world, [...world.nodes.keys()], which % 4 === 0 ? livenessOf(world, dead) : undefined)
        }
      }),
      { numRuns: Math.ceil(RUNS.numRuns / 5) },
    )
  })

  test('what a plan keeps does not grow with relays that come and go', () => {
    let world = largeWorldOf({
      nodes: 60,
      sites: 4,
      families: 'v4',
      order: 'blocks',
      fabric: 'direct',
      encapsulate: 'always',
      gatewaysPerSite: 1,
      isHalfBehindNat: true,
      lan: 'none',
      joinPrivateAddresses: false,
    })
    let plan = preparePlan(world)
    const sizes = Array.from({ length: 12 }, (_, index) => {
      const relay = plan.sites.get('site-0')?.gateways[0]?.node
      if (relay === undefined) throw new Error('site-0 has no gateway')
      planNode(plan, plan.sites.get('site-1')?.gateways[0]?.node.name ?? '')
      const others = [...world.nodes].filter(([name]) => name !== relay.name)
      world = withNode({ ...world, nodes: new Map(others) }, { ...relay, name: `m${index}` })
      plan = preparePlan(world, plan)
      return [...plan.sites.values()].reduce((sum, { kept }) => sum + (kept?.size ?? 0), 0)
    })
    expect(sizes.at(-1)).toBe(sizes[3])
  })
})

function expectSameAlong(shape: LargeShape, steps: readonly Step[]): void {
  let world = largeWorldOf(shape)
  let plan = preparePlan(world)
  expectSame(plan, world, watched(plan, [0, 7]), undefined)
  for (const { change, planned, dead } of steps) {
    world = withChange(world, change)
    plan = preparePlan(world, plan)
    if (planned.length > 0) expectSame(plan, world, watched(plan, planned), dead && livenessOfFew(world, dead))
  }
}

function expectSame(plan: Plan, world: World, names: readonly string[], liveness: Liveness | undefined): void {
  const fresh = preparePlan(world)
  expect(plan.issues).toEqual(fresh.issues)
  expect(JSON.stringify(topologyOf(plan))).toBe(JSON.stringify(topologyOf(fresh)))
  for (const [index, name] of names.entries()) {
    const local = localOf(world, liveness, index % 2 === 0 ? undefined : `eth${names.length % 2}`)
    expect(endpointHosts(plan, name)).toEqual(endpointHosts(fresh, name))
    expectSameText(plan, fresh, name, local)
    if (liveness !== undefined || index % 2 === 1) expectSameText(plan, fresh, name, localOf(world))
  }
}

/** To the last byte, in the order of the plan itself. */
function expectSameText(plan: Plan, fresh: Plan, name: string, local: Local): void {
  expect(JSON.stringify(planNode(plan, name, local))).toBe(JSON.stringify(planNode(fresh, name, local)))
}

/** The same few of the first site at every step, a gateway of the last one, and others. */
function watched(plan: Plan, others: readonly number[]): readonly string[] {
  const sites = [...plan.sites.values()]
  const names = [...plan.nodes.keys()]
  const fixed = [sites[0]?.nodes[0], sites[0]?.nodes.at(-2), sites[0]?.nodes.at(-1), sites.at(-1)?.gateways[0]]
  const found = [...fixed.map((planned) => planned?.node.name), ...others.map((index) => names[index % names.length])]
  return [...new Set(found.filter((name) => name !== undefined))]
}

/** Of pairs of a hundred nodes there are too many. */
function livenessOfFew(world: World, dead: readonly boolean[]): Liveness {
  const few = new Map([...world.nodes].slice(0, 12))
  return livenessOf({ ...world, nodes: few }, dead)
}

function withMachine(shape: Shape, which: number, machine: Shape['sites'][number]['nodes'][number]): Shape {
  const index = which % shape.sites.length
  const sites = shape.sites.map((site, s) => {
    if (s !== index) return site
    const at = Math.floor(which / shape.sites.length) % (site.nodes.length + 1) // one past the last: a newcomer
    return { ...site, nodes: at === site.nodes.length ? [...site.nodes, machine] : site.nodes.with(at, machine) }
  })
  return { ...shape, sites }
}

/** What is equal becomes the same object. */
function keepObjects(next: World, before: World): World {
  const same = <T>(one: T, other: T | undefined): T =>
    JSON.stringify(one) === JSON.stringify(other) ? (other ?? one) : one
  const kept = <T>(map: ReadonlyMap<string, T>, old: ReadonlyMap<string, T>): Map<string, T> =>
    new Map([...map].map(([name, one]) => [name, same(one, old.get(name))]))
  return {
    network: same(next.network, before.network),
    sites: kept(next.sites, before.sites),
    nodes: kept(next.nodes, before.nodes),
    statuses: kept(next.statuses, before.statuses),
    grants: kept(next.grants, before.grants),
  }
}
