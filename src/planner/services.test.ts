// Services that a machine asks, beside its pods.
import { expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../model/index.ts'
import { planNode, preparePlan } from './index.ts'
import { routes, worldOf } from './small-world.fixture.ts'

const servicePrefixes = ['10.43.0.0/16', 'fd43:43::/112'].map(parsePrefix)
const isToServices = (route: string): boolean => /10\.43\.|fd43:/.test(route)

test('a machine without IPv6 of its own has a way to services of IPv6, from its gateway address', () => {
  const plan = preparePlan(worldOf([{ name: 'a' }], { servicePrefixes }))
  const [way, ...others] = routes(planNode(plan, 'a'), 218).filter(isToServices)
  expect(way).toBe('route 218 fd43:43::/112 dev damask0 src fd42:42:0:1::1')
  expect(others).toEqual([])
})

test('a machine that speaks both families itself has its own ways', () => {
  const privateAddresses = ['172.31.0.1', 'fd00:31::1'].map((text) => ({ address: parseAddress(text), length: 20 }))
  const plan = preparePlan(worldOf([{ name: 'a', privateAddresses }], { servicePrefixes }))
  expect(routes(planNode(plan, 'a'), 218).filter(isToServices)).toEqual([])
})

test('a machine without pods of IPv6 has no address by which it could ask', () => {
  const podPrefixes = [parsePrefix('10.42.1.0/24')]
  const plan = preparePlan(worldOf([{ name: 'a', podPrefixes }], { servicePrefixes }))
  expect(routes(planNode(plan, 'a'), 218).filter(isToServices)).toEqual([])
})
