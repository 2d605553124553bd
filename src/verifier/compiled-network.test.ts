import { expect, test } from 'vitest'
import type { PublicKey } from '../model/index.ts'
import { compileNetwork } from './compiled-network.ts'
import { planOf } from './example-plan.fixture.ts'
import { factsOf } from './machine-facts.ts'
import { smallWorld } from './small-world.fixture.ts'

const { network, world, states, underlay } = planOf(smallWorld())

test('a machine is compiled once, when somebody comes by', () => {
  expect(network.nodeNamed('a1')?.name).toBe('a1')
  expect(network.nodeNamed('a1')).toBe(network.nodeNamed('a1'))
  expect(network.nodeNamed('nobody')).toBeUndefined()
})

test('a key is where the devices are that have it', () => {
  expect(network.devicesOf('?b1' as PublicKey)).toEqual([{ node: 'b1', link: 'damask-t1' }])
  expect(network.devicesOf('?nobody' as PublicKey)).toEqual([])
})

test('of a network before, machines that did not change are taken over with their devices and the underlay', () => {
  const bare = states.map((state) => ({ ...state, parts: [] }))
  const before = { network, isSame: (name: string) => name !== 'a1' }
  const after = compileNetwork({ states: bare, facts: factsOf(world), underlay }, before)
  expect(after.index).toBe(network.index)
  expect(after.nodeNamed('b1')).toBe(network.nodeNamed('b1'))
  expect(network.nodeNamed('a1')?.links.size).toBeGreaterThan(0)
  expect(after.nodeNamed('a1')?.links.size).toBe(0)
  expect(after.devicesOf('?b1' as PublicKey)).toEqual([{ node: 'b1', link: 'damask-t1' }])
  expect(after.visits).toEqual({ current: new Set(['b1', 'a1']), bySession: new Map(), isEntangled: false })
  expect(after.sessions.size).toBe(0)
})
