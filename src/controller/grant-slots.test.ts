import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node, NodeGrant, World } from '../model/index.ts'
import { type GrantChange, grantChanges } from './grant-changes.ts'
import { grantSlots } from './grant-slots.ts'
import { networkOf, networkShapes, nodeShapes, turned } from './random-network.fixture.ts'

const RUNS = { numRuns: 400 }

const slotsIn = (world: World): Map<string, number | undefined> =>
  new Map(grantSlots(world).map(({ name, slot }) => [name, slot]))
const changesOf = (world: World): readonly GrantChange[] =>
  grantChanges(world, grantSlots(world), [...world.grants.keys()])
const applied = (world: World, changes: readonly GrantChange[]): World => {
  const grants = new Map<string, NodeGrant>(world.grants)
  for (const { kind, name, slot } of changes) {
    if (kind === 'remove') grants.delete(name)
    else grants.set(name, { name, ...(slot !== undefined && { slot }) })
  }
  return { ...world, grants }
}
const recorded = (world: World): World => applied(world, changesOf(world))
const siteOf = (world: World, name: string): readonly Node[] =>
  [...world.nodes.values()].filter(({ site }) => site === world.nodes.get(name)?.site)
const slotBefore = (world: World, { name, granted }: Node): number | undefined =>
  world.grants.get(name)?.slot ?? granted?.slot

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
      { name: 'n00', slot: 4 },
      { name: 'n05', slot: 2 },
      { name: 'n07', slot: 3 },
      { name: 'n14', slot: 1 },
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
})

describe('what is written down', () => {
  test('is the plan, and a second round changes nothing', () => {
    fc.assert(
      fc.property(networkShapes, (shape) => {
        const world = networkOf(shape)
        const after = recorded(world)
        expect(grantSlots(after)).toEqual(grantSlots(world))
        expect(changesOf(after)).toEqual([])
        for (const { name, slot } of grantSlots(after)) expect(slotBefore(after, nodeIn(after, name))).toBe(slot)
      }),
      RUNS,
    )
  })

  test('changes no plan, whatever part of it was written when the controller died', () => {
    fc.assert(
      fc.property(networkShapes, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (shape, isDone) => {
        const world = networkOf(shape)
        const part = changesOf(world).filter((_, index) => isDone[index])
        expect(grantSlots(applied(world, part))).toEqual(grantSlots(world))
      }),
      RUNS,
    )
  })

  test('is removed where its node is gone or is no gateway', () => {
    const node = { site: 0, gateway: 'never', hasEndpoint: false, slot: 1, ownSlot: undefined } as const
    const world = networkOf({ gatewaysPerSite: 1, nodes: [node] })
    expect(grantChanges(world, grantSlots(world), ['gone', 'n00'])).toEqual([
      { kind: 'remove', name: 'gone', slot: undefined },
      { kind: 'remove', name: 'n00', slot: 1 },
    ])
  })
})

function nodeIn(world: World, name: string): Node {
  const node = world.nodes.get(name)
  if (node === undefined) throw new Error(`there is no node ${name}`)
  return node
}
