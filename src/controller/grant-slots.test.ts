import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node, World } from '../model/index.ts'
import { grantSlots } from './grant-slots.ts'
import { networkOf, networkShapes, nodeShapes, turned } from './random-network.fixture.ts'
import { changesOf, nodeIn, recorded, slotBefore, slotsIn } from './recorded-world.fixture.ts'

const RUNS = { numRuns: 400 }

const siteOf = (world: World, name: string): readonly Node[] =>
  [...world.nodes.values()].filter(({ site }) => site === world.nodes.get(name)?.site)
describe('slots', () => {
  test('are those that were granted, and the free ones go by wish, endpoint and name', () => {
    const node = { site: 0, gateway: 'allow', hasEndpoint: false, slot: undefined, ownSlot: undefined } as const
    const world = networkOf({
      gatewaysPerSite: 4,
      // Named n00, n07, n14, n06, n13, n05.
      nodes: [
        { ...node },
        { ...node, hasEndpoint: true },
        { ...node, gateway: 'prefer' },
        { ...node, slot: 2 },
        { ...node, slot: 1, gateway: 'never' },
        { ...node, slot: 2 },
      ],
    })
    expect(grantSlots(world)).toEqual([
      { name: 'n00', site: 's0', slot: 4 },
      { name: 'n05', site: 's0', slot: 2 },
      { name: 'n07', site: 's0', slot: 3 },
      { name: 'n14', site: 's0', slot: 1 },
    ])
  })

  test('do not depend on the order of the input', () => {
    fc.assert(
      fc.property(networkShapes, fc.nat(20), (shape, by) => {
        const world = networkOf(shape)
        expect(grantSlots(turned(world, by))).toEqual(grantSlots(world))
      }),
      RUNS,
    )
  })

  test('are at most as many as the site may have, each once, all that somebody can hold, and no one refuses his', () => {
    fc.assert(
      fc.property(networkShapes, (shape) => {
        const world = networkOf(shape)
        const slots = slotsIn(world)
        for (const site of ['s0', 's1', 's2']) {
          const members = [...world.nodes.values()].filter((node) => node.site === site)
          const able = members.filter(({ gateway }) => gateway !== 'never')
          const held = members.flatMap(({ name }) => slots.get(name) ?? [])
          expect(held.toSorted((a, b) => a - b).every((slot) => slot >= 1 && slot <= shape.gatewaysPerSite)).toBe(true)
          expect(new Set(held).size).toBe(held.length)
          expect(held.length).toBe(Math.min(shape.gatewaysPerSite, able.length))
        }
        for (const { name, gateway } of world.nodes.values())
          if (gateway === 'never') expect(slots.has(name)).toBe(false)
      }),
      RUNS,
    )
  })

  test('stay with their holders: of two that were granted one, with the first by name', () => {
    fc.assert(
      fc.property(networkShapes, (shape) => {
        const world = networkOf(shape)
        const slots = slotsIn(world)
        for (const node of world.nodes.values()) {
          const slot = slotBefore(world, node)
          const isFirst = !siteOf(world, node.name).some(
            (other) => other.name < node.name && other.gateway !== 'never' && slotBefore(world, other) === slot,
          )
          if (slot !== undefined && slot <= shape.gatewaysPerSite && node.gateway !== 'never' && isFirst)
            expect(slots.get(node.name)).toBe(slot)
        }
      }),
      RUNS,
    )
  })

  test('of others do not change when a node joins', () => {
    fc.assert(
      fc.property(networkShapes, nodeShapes, (shape, newcomer) => {
        const before = recorded(networkOf(shape))
        // Without a grant: the newest node cannot have one yet.
        const grown = networkOf({
          ...shape,
          nodes: [...shape.nodes, { ...newcomer, slot: undefined, ownSlot: undefined }],
        })
        const after = slotsIn({ ...grown, grants: before.grants })
        for (const [name, slot] of slotsIn(before)) expect(after.get(name)).toBe(slot)
      }),
      RUNS,
    )
  })

  test('of others do not change when a node leaves, whether its grant is removed or not', () => {
    fc.assert(
      fc.property(networkShapes, fc.nat(), (shape, pick) => {
        const before = recorded(networkOf(shape))
        const names = [...before.nodes.keys()]
        const leaver = names[pick % names.length] ?? ''
        const nodes = new Map(before.nodes)
        nodes.delete(leaver)
        const grants = new Map(before.grants)
        grants.delete(leaver)
        const after = slotsIn({ ...before, nodes, grants })
        expect(slotsIn({ ...before, nodes })).toEqual(after)
        for (const [name, slot] of slotsIn(before)) if (name !== leaver) expect(after.get(name)).toBe(slot)
      }),
      RUNS,
    )
  })

  test('of others do not change when a node moves to another site, and back', () => {
    fc.assert(
      fc.property(networkShapes, fc.nat(), fc.integer({ min: 0, max: 3 }), (shape, pick, to) => {
        const nodes = shape.nodes.map((node, at) =>
          // What a person writes by hand, with no site, goes along on purpose.
          at === pick % shape.nodes.length ? { ...node, ownSlot: undefined } : node,
        )
        const mover = [...networkOf({ ...shape, nodes }).nodes.keys()][pick % nodes.length] ?? ''
        const before = recorded(networkOf({ ...shape, nodes }))
        const there = moved(before, mover, `s${to}`)
        expectSameBut(mover, before, there)
        const back = moved(recorded(there), mover, nodeIn(before, mover).site ?? '')
        expectSameBut(mover, there, back)
      }),
      RUNS,
    )
  })

  test('that a lone node was granted do not throw out the gateway of the site that it comes to', () => {
    const node = { gateway: 'allow', hasEndpoint: true, slot: undefined, ownSlot: undefined } as const
    // Named n00 and n07: by name, n00 would come first.
    const apart = recorded(
      networkOf({
        gatewaysPerSite: 1,
        nodes: [
          { ...node, site: 0 },
          { ...node, site: 1 },
        ],
      }),
    )
    expect(grantSlots(apart)).toEqual([
      { name: 'n00', site: 's0', slot: 1 },
      { name: 'n07', site: 's1', slot: 1 },
    ])
    const together = moved(apart, 'n00', 's1')
    expect(grantSlots(together)).toEqual([{ name: 'n07', site: 's1', slot: 1 }])
    expect(changesOf(together)).toEqual([{ kind: 'remove', name: 'n00', site: 's0', slot: 1 }])
  })
})

const moved = (world: World, name: string, site: string): World => ({
  ...world,
  nodes: new Map([...world.nodes.values()].map((node) => [node.name, node.name === name ? { ...node, site } : node])),
})

function expectSameBut(name: string, before: World, after: World): void {
  const slots = slotsIn(after)
  for (const [other, slot] of slotsIn(before))
    if (other !== name) expect([other, slots.get(other)]).toEqual([other, slot])
}
