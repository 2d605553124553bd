import { expect, test } from 'vitest'
import type { PublicKey } from '../model/index.ts'
import { planOf } from './example-plan.fixture.ts'
import { smallWorld } from './small-world.fixture.ts'

const { network } = planOf(smallWorld())

test('a machine is compiled once, when somebody comes by', () => {
  expect(network.nodeNamed('a1')?.name).toBe('a1')
  expect(network.nodeNamed('a1')).toBe(network.nodeNamed('a1'))
  expect(network.nodeNamed('nobody')).toBeUndefined()
})

test('a key is where the devices are that have it', () => {
  expect(network.devicesOf('?b1' as PublicKey)).toEqual([{ node: 'b1', link: 'damask-t1' }])
  expect(network.devicesOf('?nobody' as PublicKey)).toEqual([])
})
