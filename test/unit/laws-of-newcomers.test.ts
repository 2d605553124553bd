// What holds when nodes join that were placed anyhow: whoever cannot be planned costs nobody else anything.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Node,
  type NodeGrant,
  type PrivateAddress,
  parseAddress,
  parsePrefix,
  type World,
} from '../../src/model/index.ts'
import { type Plan, planNode, preparePlan, prepareTolerantPlan, worldWithout } from '../../src/planner/index.ts'
import { renderJson } from '../../src/render/index.ts'
import { sourceOf, targetsOf } from './expected-way.ts'
import { walk } from './packet-walk.ts'
import { localOf, type Planned, planned, RUNS } from './random-plan.ts'
import { keyOfNumber, type Shape, shapes, sortedWorldOf } from './random-world.ts'

type Newcomer = {
  readonly name: string
  readonly site: string | undefined
  readonly addresses: readonly (readonly [text: string, length: number])[]
  readonly offers: readonly string[]
  readonly gateway: Node['gateway']
}

const V4 = fc.tuple(fc.constantFrom('172.16.0', '172.16.1', '192.168.1', '10.99.0'), fc.constantFrom(8, 16, 24, 25, 32))
const V6 = fc.tuple(fc.constantFrom('fd00:0::', 'fd00:1::', 'fd99::'), fc.constantFrom(16, 64, 128))

const newcomersOf = (addresses: fc.Arbitrary<Newcomer['addresses']>, offers: fc.Arbitrary<Newcomer['offers']>) =>
  fc.uniqueArray(
    fc.record({
      // Before, among and after the names of the others.
      name: fc.constantFrom('a', 'b', 'n0-00', 'n1-00', 'n2-00', 'z'),
      site: fc.constantFrom('site-0', 'site-0', 'site-1', 'site-2', 'site-new', undefined),
      addresses,
      offers,
      gateway: fc.constantFrom('prefer', 'allow', 'never'),
    }),
    { minLength: 1, maxLength: 5, selector: ({ name }) => name },
  )

const newcomers: fc.Arbitrary<readonly Newcomer[]> = newcomersOf(
  fc.array(fc.oneof(V4, V6), { minLength: 1, maxLength: 2 }),
  fc.constantFrom([], [], [], ['198.18.0.0/24'], ['fd77::/48']),
)
/** Each has at most one reason to be left out. */
const plain: fc.Arbitrary<readonly Newcomer[]> = newcomersOf(fc.tuple(V4), fc.constant([]))

describe('laws of newcomers', () => {
  test('whatever joins is planned or left out, and no old node is; a plan from nothing is the same', () => {
    everyJoin(({ before, grown, isStanding }) => {
      const outcome = prepareTolerantPlan(grown, { isStanding, previous: before.plan })
      if (outcome.kind === 'refused') throw new Error(outcome.errors.join('; '))
      const { plan, leftOut } = outcome
      expect([...leftOut].filter(isStanding)).toEqual([])
      expect(errorsOf(plan)).toEqual([])
      const rest = worldWithout(grown, leftOut)
      expect(new Set(plan.nodes.keys())).toEqual(new Set(rest.nodes.keys()))
      expect(statesOf(plan, rest)).toEqual(statesOf(preparePlan(rest), rest))
      if (leftOut.size === grown.nodes.size - before.world.nodes.size)
        expect(statesOf(plan, rest)).toEqual(statesOf(before.plan, rest))
    })
  })

  test('of newcomers with one IPv4 address nobody is left out who would fit among those that stay', () => {
    everyJoin(({ before, grown, isStanding }) => {
      const outcome = prepareTolerantPlan(grown, { isStanding, previous: before.plan })
      if (outcome.kind === 'refused') throw new Error(outcome.errors.join('; '))
      for (const name of outcome.leftOut) {
        const others = new Set([...outcome.leftOut].filter((other) => other !== name))
        expect(errorsOf(preparePlan(worldWithout(grown, others))), name).not.toEqual([])
      }
    }, plain)
  })

  test('what old nodes send to each other’s pods comes to the same end as before anybody joined', () => {
    everyJoin(({ before, grown, isStanding }) => {
      const outcome = prepareTolerantPlan(grown, { isStanding })
      if (outcome.kind === 'refused') throw new Error(outcome.errors.join('; '))
      const after = planned(worldWithout(grown, outcome.leftOut))
      const ends = endsAmong(before, before)
      const now = endsAmong(before, after)
      // A newcomer may be a relay, or the first gateway of a site, that was missing.
      for (const [way, end] of ends)
        if (!end.includes('dropped')) expect(`${way} ${now.get(way)}`).toBe(`${way} ${end}`)
    })
  })

  test('a newcomer that is mended comes in, and the plan is that of a world in which nothing was ever wrong', () => {
    everyJoin(({ before, grown, isStanding, old }) => {
      const outcome = prepareTolerantPlan(grown, { isStanding, previous: before.plan })
      if (outcome.kind === 'refused') throw new Error(outcome.errors.join('; '))
      const nodes = new Map(
        [...grown.nodes].map(([name, node], index) => [name, isStanding(name) ? node : alone(node, index)]),
      )
      const mended = { ...grown, nodes }
      const isNowStanding = (name: string): boolean => outcome.plan.nodes.has(name) || old.nodes.has(name)
      const next = prepareTolerantPlan(mended, { isStanding: isNowStanding, previous: outcome.plan })
      if (next.kind === 'refused') throw new Error(next.errors.join('; '))
      expect([...next.leftOut]).toEqual([])
      expect(statesOf(next.plan, mended)).toEqual(statesOf(preparePlan(mended), mended))
    })
  })
})

type Join = {
  readonly old: World
  readonly before: Planned
  readonly grown: World
  readonly isStanding: (name: string) => boolean
}

function everyJoin(check: (join: Join) => void, joins = newcomers): void {
  fc.assert(
    fc.property(shapes, joins, (shape: Shape, joining) => {
      const first = sortedWorldOf(shape)
      const good = prepareTolerantPlan(first)
      if (good.kind === 'refused') throw new Error(good.errors.join('; '))
      const old = recorded(worldWithout(first, good.leftOut), good.plan)
      const grown = withNewcomers(old, joining)
      check({ old, before: planned(old), grown, isStanding: (name) => old.nodes.has(name) })
    }),
    RUNS,
  )
}

/** As the controller writes it down. */
const recorded = (world: World, plan: Plan): World => ({
  ...world,
  grants: new Map(
    [...plan.nodes.values()].flatMap(({ node: { name }, isGateway, slot, siteName }): [string, NodeGrant][] =>
      isGateway ? [[name, { name, site: siteName, slot }]] : [],
    ),
  ),
})

function withNewcomers(world: World, joining: readonly Newcomer[]): World {
  const families = new Set(world.network.podPrefixes.map(({ family }) => family))
  const made = joining.map(({ name, site, addresses, offers, gateway }, index): Node => {
    const number = 200 + index
    return {
      name,
      labels: {},
      ...(site !== undefined && { site }),
      privateAddresses: addresses.map(([text, length], rank): PrivateAddress => {
        const last = number + rank * 10
        return { address: parseAddress(text.includes(':') ? `${text}${last}` : `${text}.${last}`), length }
      }),
      podPrefixes: [
        ...(families.has(4) ? [parsePrefix(`10.42.${number}.0/24`)] : []),
        ...(families.has(6) ? [parsePrefix(`fd42:42:0:${number}::/64`)] : []),
      ],
      offeredPrefixes: index === 0 ? offers.map(parsePrefix) : [],
      gateway,
    }
  })
  const ascending = <T>(map: ReadonlyMap<string, T>, more: readonly (readonly [string, T])[]) =>
    new Map([...map, ...more].sort(([a], [b]) => (a < b ? -1 : 1)))
  return {
    ...world,
    nodes: ascending(
      world.nodes,
      made.map((node) => [node.name, node]),
    ),
    statuses: ascending(
      world.statuses,
      made.map(({ name }, index) => [name, { name, publicKey: keyOfNumber(100 + index) }]),
    ),
  }
}

/** Mended in a way that fits anywhere: a site of its own, IPv4 alone, and nothing offered. */
const alone = ({ site: _, ...node }: Node, index: number): Node => ({
  ...node,
  privateAddresses: [{ address: parseAddress(`10.77.0.${1 + index}`), length: 24 }],
  offeredPrefixes: [],
})

const errorsOf = ({ issues }: Plan) => issues.filter(({ severity }) => severity === 'error')

const statesOf = (plan: Plan, world: World) =>
  [...world.nodes.keys()].map((name) => renderJson(planNode(plan, name, localOf(world))))

/** `from -> pod of owner` and the ends that such a packet comes to, of the nodes of the one world in the pictures of the other. */
function endsAmong(of: Planned, inside: Planned): ReadonlyMap<string, string> {
  const ends = new Map<string, string>()
  for (const from of of.world.nodes.keys())
    for (const { kind, owner, address } of targetsOf(of.world)) {
      const source = sourceOf(of, from, address.family)
      if (kind !== 'pod' || source === undefined || owner === from) continue
      const outcomes = walk(inside.picture, from, { source, destination: address })
      const texts = outcomes.map((outcome) => `${outcome.kind} at ${outcome.at}`)
      ends.set(`${from} -> pod of ${owner} by IPv${address.family}:`, [...new Set(texts)].sort().join(', '))
    }
  return ends
}
