// Machines that stand for each other, and what is said of each of them.
import { expect, test } from 'vitest'
import { formatAddress, type Node, parseAddress, parsePrefix } from '../model/index.ts'
import { planOf } from './example-plan.fixture.ts'
import { factsOf } from './machine-facts.ts'
import { machineKindsOf } from './machine-kinds.ts'
import { smallWorld } from './small-world.fixture.ts'

test('two machines without an endpoint in one network are of one kind, and no others of the small world are', () => {
  const small = smallWorld()
  const a4: Node = {
    ...(small.nodes.get('a3') as Node),
    name: 'a4',
    privateAddresses: [{ address: parseAddress('172.31.0.14'), length: 24 }],
    podPrefixes: [parsePrefix('10.42.7.0/24'), parsePrefix('fd42:42:0:7::/64')],
  }
  const world = { ...small, nodes: new Map([...small.nodes, ['a4', a4]]) }
  const { states, underlay } = planOf(world)
  const found = machineKindsOf({ states, facts: factsOf(world), underlay })
  const { names, networkOf, kindOf, kinds, relationOf, ends, outside } = found
  expect(names).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'h', 'a4'])
  const [a, b, home] = [networkOf[0], networkOf[3], networkOf[5]]
  expect(networkOf).toEqual([a, a, a, b, b, home, a])
  expect(new Set([undefined, a, b, home]).size).toBe(4)
  const namesOf = (machines: readonly number[]) => machines.map((machine) => names[machine]).join(' ')
  expect(kinds.map(({ machines }) => namesOf(machines))).toEqual(['a1', 'a2', 'a3 a4', 'b1', 'b2', 'h'])
  expect([...names.keys()].map((machine) => kindOf[machine])).toEqual([0, 1, 2, 3, 4, 5, 2])
  expect([relationOf(2, 6), relationOf(0, 2), relationOf(2, 4)]).toEqual(['alike', 'near', 'far'])
  expect(ends[6]?.map(({ address }) => formatAddress(address))).toEqual([
    '10.42.7.1',
    'fd42:42:0:7::1',
    '172.31.0.14',
    '10.42.7.9',
    'fd42:42:0:7::9',
  ])
  expect(outside.map(formatAddress)).toEqual(['192.0.2.1', '2001:db8::1'])
})
