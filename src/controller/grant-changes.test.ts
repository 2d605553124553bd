import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { grantChanges } from './grant-changes.ts'
import { grantSlots } from './grant-slots.ts'
import { networkOf, networkShapes } from './random-network.fixture.ts'
import { applied, changesOf, nodeIn, recorded, slotBefore } from './recorded-world.fixture.ts'

const RUNS = { numRuns: 400 }

describe('what is written down', () => {
  test('names the site of every slot, also where the controller’s own record did not', () => {
    const node = { site: 0, gateway: 'allow', hasEndpoint: false, slot: 1, ownSlot: undefined } as const
    const world = networkOf({ gatewaysPerSite: 1, nodes: [node] })
    expect(changesOf(world)).toEqual([{ kind: 'write', name: 'n00', site: 's0', slot: 1, before: { slot: 1 } }])
    // One that a person keeps in another file.
    expect(grantChanges(world, grantSlots(world), [])).toEqual([])
  })

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
