import { describe, expect, test } from 'vitest'
import { parsePrefix, type World } from '../model/index.ts'
import { factsOf } from './machine-facts.ts'
import { smallWorld } from './small-world.fixture.ts'

const offering = (world: World): World => ({
  ...world,
  nodes: new Map(
    [...world.nodes].map(([name, node]) => [name, { ...node, offeredPrefixes: [parsePrefix('10.200.0.0/16')] }]),
  ),
})

describe('what stands beside Damask', () => {
  test('pods of its own, and with fabric none those of its site by another plugin', () => {
    const { machines } = factsOf(smallWorld({ fabric: 'none' }))
    expect(machines.get('b1')?.podPrefixes).toEqual([parsePrefix('10.42.4.0/24'), parsePrefix('fd42:42:0:4::/64')])
    expect(machines.get('b1')?.carriedByOthers).toEqual([
      { prefix: parsePrefix('10.42.4.0/24'), node: 'b1' },
      { prefix: parsePrefix('fd42:42:0:4::/64'), node: 'b1' },
      { prefix: parsePrefix('10.42.5.0/24'), node: 'b2' },
      { prefix: parsePrefix('fd42:42:0:5::/64'), node: 'b2' },
    ])
    expect(factsOf(smallWorld()).machines.get('b1')?.carriedByOthers).toEqual([])
  })

  test('a site may have another fabric than its network', () => {
    const world = smallWorld()
    const sites = new Map([['b', { fabric: { kind: 'none' } }]]) as unknown as World['sites']
    const { machines } = factsOf({ ...world, sites })
    expect(machines.get('b1')?.carriedByOthers).toHaveLength(4)
    expect(machines.get('a1')?.carriedByOthers).toEqual([])
  })

  const ranges = [parsePrefix('10.42.0.0/16'), parsePrefix('fd42:42::/48')]

  test('hidden are the ranges of the network, each once, and what nodes offer', () => {
    expect(factsOf(smallWorld()).hidden).toEqual(ranges)
    expect(factsOf(offering(smallWorld())).hidden).toEqual(
      expect.arrayContaining([...ranges, parsePrefix('10.200.0.0/16')]),
    )
  })

  test('and the virtual LAN, and private addresses that are joined', () => {
    const lan = parsePrefix('10.99.0.0/24')
    expect(factsOf(smallWorld({ network: { lan } })).hidden).toContainEqual(lan)
    const joined = factsOf(smallWorld({ network: { joinPrivateAddresses: true } })).hidden
    expect(joined).toContainEqual(parsePrefix('192.168.1.5/32'))
    expect(joined).toHaveLength(7)
  })
})
