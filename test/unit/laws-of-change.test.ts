// What holds of two plans of nearly one world: a failover, a newcomer, a record of slots change what they must and no more.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Entry,
  formatPrefix,
  keyOf,
  mergePrefixes,
  type Node,
  type NodeGrant,
  TABLE,
  type World,
} from '../../src/model/index.ts'
import { type Plan, planNode, preparePlan, topologyOf } from '../../src/planner/index.ts'
import { renderJson } from '../../src/render/index.ts'
import { isSound, siteOf } from './expected-way.ts'
import { entries, everyWorld, localOf, planned, RUNS } from './random-plan.ts'
import { deadSeeds, livenessOf, shapes, sortedWorldOf } from './random-world.ts'

describe('laws of change', () => {
  test('a failover changes groups of next hops and where routes go, and never a link, a peer or what is accepted', () => {
    fc.assert(
      fc.property(shapes, deadSeeds, (shape, dead) => {
        const world = sortedWorldOf(shape)
        const whole = planned(world)
        const after = planned(world, livenessOf(world, dead)).states
        for (const [name, state] of whole.states) {
          if (!isSound(whole, siteOf(world, name))) continue
          const now = entries(after.get(name) ?? state)
          expect(now.filter(isSteady)).toEqual(entries(state).filter(isSteady))
          expect(reachOf(now)).toEqual(reachOf(entries(state)))
        }
      }),
      RUNS,
    )
  })

  test('a newcomer changes at others only its own leg, and its prefixes in allowed IPs, routes and sets', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, pick) => {
        const grown = withSlotsOf(preparePlan(sortedWorldOf(shape)), sortedWorldOf(shape))
        const { newcomer, old } = takeOut(grown, pick)
        if (newcomer === undefined) return
        const [before, after] = [planned(old), planned(grown)]
        // A first far site, fellow member or prefix that is nobody's pods', another relay or a narrower path is more than a newcomer.
        if (rolesOf(old, before.plan) !== rolesOf(old, after.plan)) return
        for (const [name, state] of before.states) {
          const now = new Map(entries(after.states.get(name) ?? state).map((entry) => [keyOf(entry), entry]))
          if (linksOf([...now.values()]) !== linksOf(entries(state))) continue
          for (const entry of entries(state)) {
            if (entry.kind === 'route' || entry.kind === 'filter-table' || entry.kind === 'next-hop-group') continue
            if (entry.kind === 'rule' && entry.ownTo !== undefined) continue
            expect(withoutPrefixes(now.get(keyOf(entry))), keyOf(entry)).toEqual(withoutPrefixes(entry))
          }
          const known = new Set(entries(state).map(keyOf))
          const added = [...now.values()].filter((entry) => entry.kind === 'wireguard-peer' && !known.has(keyOf(entry)))
          expect(added.length).toBeLessThanOrEqual(1)
        }
      }),
      RUNS,
    )
  })

  test('what is taken over from the plan before is what a plan from nothing holds', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, pick) => {
        const grown = sortedWorldOf(shape)
        const { newcomer, old } = takeOut(grown, pick)
        if (newcomer === undefined) return
        // The same documents but one: all else is the very same object, as from a store that was read again.
        const shrunk = { ...newcomer, podPrefixes: newcomer.podPrefixes.slice(0, 1), offeredPrefixes: [] }
        const changed = { ...grown, nodes: new Map(grown.nodes).set(shrunk.name, shrunk) }
        for (const [first, then] of [
          [old, grown],
          [grown, old],
          [grown, changed],
          [changed, grown],
        ] as const) {
          const before = preparePlan(first)
          for (const name of first.nodes.keys())
            for (const local of [undefined, localOf(first, undefined, 'ens5')]) planNode(before, name, local)
          const over = preparePlan(then, before)
          const fresh = preparePlan(then)
          for (const name of then.nodes.keys())
            for (const local of [localOf(then, undefined, 'ens5'), localOf(then), undefined])
              expect(renderJson(planNode(over, name, local))).toEqual(renderJson(planNode(fresh, name, local)))
        }
      }),
      { numRuns: Math.ceil(RUNS.numRuns / 2) },
    )
  })

  test('nobody else’s slot changes when a node joins, where slots are recorded', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, pick) => {
        const { newcomer, old } = takeOut(sortedWorldOf(shape), pick)
        if (newcomer === undefined) return
        const { granted: _, ...unasked } = newcomer
        const plan = preparePlan(old)
        const recorded = withSlotsOf(plan, old)
        const nodes = new Map([...old.nodes, [newcomer.name, unasked] as const].sort(([a], [b]) => (a < b ? -1 : 1)))
        const grown = preparePlan({ ...recorded, nodes, statuses: sortedWorldOf(shape).statuses })
        for (const [name, { slot, isGateway }] of plan.nodes)
          expect({ name, slot: grown.nodes.get(name)?.slot, isGateway: grown.nodes.get(name)?.isGateway }).toEqual({
            name,
            slot,
            isGateway,
          })
      }),
      RUNS,
    )
  })

  test('gateways of a site hold different slots, of which it has as many as it says, and who was granted one has it', () => {
    everyWorld(({ plan, world }) => {
      for (const site of plan.sites.values()) {
        const slots = site.gateways.map(({ slot }) => slot)
        expect(slots).toEqual([...new Set(slots)].sort((a, b) => a - b))
        for (const slot of slots) expect(slot).toBeLessThanOrEqual(site.gatewaysPerSite)
        const willing = site.nodes.filter(({ node }) => node.gateway !== 'never')
        expect(slots).toHaveLength(Math.min(site.gatewaysPerSite, willing.length))
        const asked = willing.map(({ node }) => [node.name, grantOf(world, node)] as const)
        for (const [name, slot] of asked)
          if (slot !== undefined && slot <= site.gatewaysPerSite)
            if (asked.filter(([, other]) => other === slot).length === 1)
              expect({ name, slot: plan.nodes.get(name)?.slot }).toEqual({ name, slot })
      }
    })
  })
})

const grantOf = (world: World, { name, granted }: Node): number | undefined =>
  world.grants.get(name)?.slot ?? granted?.slot

/** What no failover may touch. */
const isSteady = (entry: Entry): boolean =>
  entry.kind !== 'next-hop-group' && !(entry.kind === 'route' && entry.table === TABLE)

/** Neighbouring prefixes that go the same way are one route. */
const reachOf = (list: readonly Entry[]): readonly string[] =>
  mergePrefixes(
    list.flatMap((entry) =>
      entry.kind === 'route' && entry.table === TABLE && entry.target.kind !== 'throw' ? [entry.to] : [],
    ),
  ).map(formatPrefix)

/** Which prefixes a peer and a rule for subnets hold follows from who is there; and so does the reason. */
const withoutPrefixes = (entry: Entry | undefined): Entry | undefined =>
  entry?.kind === 'wireguard-peer' ? { ...entry, allowedIps: [], because: [] } : entry

const linksOf = (list: readonly Entry[]): string =>
  list.flatMap((entry) => (entry.kind === 'link' ? [entry.name] : [])).join()

function takeOut(world: World, pick: number): { readonly newcomer: Node | undefined; readonly old: World } {
  const names = [...world.nodes.keys()]
  const newcomer = world.nodes.get(names[pick % names.length] ?? '')
  const nodes = new Map([...world.nodes].filter(([name]) => name !== newcomer?.name))
  return { newcomer, old: { ...world, nodes } }
}

/** As the controller writes it down. */
const withSlotsOf = (plan: Plan, world: World): World => ({
  ...world,
  grants: new Map(
    [...plan.nodes.values()].flatMap(({ node: { name }, isGateway, slot }): [string, NodeGrant][] =>
      isGateway ? [[name, { name, slot }]] : [],
    ),
  ),
})

/** What the nodes of a world are to each other in a plan, which may be of a larger world. */
function rolesOf(world: World, plan: Plan): string {
  const names = [...world.nodes.values()].map(({ name }) => siteOf(world, name))
  return JSON.stringify({
    nodes: [...world.nodes.keys()].map((name) => {
      const node = plan.nodes.get(name)
      return [name, node?.isGateway, node?.slot, (plan.sites.get(node?.siteName ?? '')?.nodes.length ?? 0) > 1]
    }),
    relays: topologyOf(plan).relays.filter(({ sites }) => sites.every((site) => names.includes(site))),
    mtus: plan.mtus,
    families: plan.families,
    hasExtras: plan.hasExtras,
    issues: plan.issues.length,
  })
}
