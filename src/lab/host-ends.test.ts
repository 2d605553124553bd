import { describe, expect, it } from 'vitest'
import { labNode, labWorld } from '../../test/lab-world.ts'
import { type Fabric, formatAddress, type Network, type Node, parseAddress, parsePrefix } from '../model/index.ts'
import { preparePlan } from '../planner/index.ts'
import { hostEnds } from './host-ends.ts'
import { type End, pairsOf } from './probe-end.ts'

const DIRECT: Fabric = { kind: 'direct', encapsulate: 'always', port: 8472 }

function endsOf(nodes: readonly Node[], network: Partial<Network>): End[] {
  const world = labWorld(nodes, [])
  const plan = preparePlan({ ...world, network: { ...world.network, fabric: DIRECT, ...network } })
  return hostEnds(plan).map((host) => ({ ...host, namespace: '', link: 'eth0' }))
}
const addressesOf = (ends: readonly End[]): Record<string, string[]> =>
  Object.fromEntries(ends.map(({ name, addresses }) => [name, addresses.map(formatAddress)]))
const pairNames = (ends: readonly End[]): string[] =>
  pairsOf(ends).map(({ from, to, target }) => `${from.name} > ${to.name} ${formatAddress(target)}`)
const at = (site: string, node: Node): Node => ({ ...node, site })

const LAN = { lan: parsePrefix('172.16.0.0/12') }
const JOINED = { joinPrivateAddresses: true }

describe('hosts of a virtual LAN', () => {
  it('are asked by what spec.lan says, else by their private address inside the range', () => {
    const ends = endsOf(
      [
        at('near', labNode('n-1', '172.16.0.1/24', '203.0.113.1')),
        at('far', { ...labNode('s-1', '10.0.0.5/24', '203.0.113.2'), lan: parseAddress('172.16.128.1') }),
      ],
      LAN,
    )
    expect(addressesOf(ends)).toEqual({ 'n-1': ['172.16.0.1'], 's-1': ['172.16.128.1'] })
    expect(pairNames(ends).sort()).toEqual(['n-1 > s-1 172.16.128.1', 's-1 > n-1 172.16.0.1'])
  })

  it('take the size that every way carries', () => {
    const nodes = [
      at('near', labNode('n-1', '172.16.0.1/24', '203.0.113.1')),
      at('far', labNode('s-1', '172.16.8.1/24', '203.0.113.2')),
    ]
    expect(endsOf(nodes, LAN).map(({ mtuBytes }) => mtuBytes)).toEqual([1440, 1440])
    expect(endsOf(nodes, { ...LAN, mtu: 1400 }).map(({ mtuBytes }) => mtuBytes)).toEqual([1400, 1400])
  })

  it('are asked by their private address where they have none in it', () => {
    const nodes = [labNode('n-1', '172.16.0.1/24', '203.0.113.1'), labNode('n-2', '10.0.0.2/24', '203.0.113.2')]
    expect(addressesOf(endsOf(nodes, LAN))).toEqual({ 'n-1': ['172.16.0.1'], 'n-2': ['10.0.0.2'] })
  })

  it('with another family joined beside it are asked in each', () => {
    const both = (name: string, four: string, six: string, endpoint: string): Node => {
      const node = labNode(name, four, endpoint)
      const [address = '', length] = six.split('/')
      return at(name, {
        ...node,
        privateAddresses: [...node.privateAddresses, { address: parseAddress(address), length: Number(length) }],
      })
    }
    const ends = endsOf(
      [
        both('n-1', '172.16.0.1/24', 'fd00:1::1/64', '203.0.113.1'),
        both('s-1', '172.16.8.1/24', 'fd00:8::1/64', '203.0.113.2'),
      ],
      { ...LAN, ...JOINED },
    )
    expect(addressesOf(ends)).toEqual({ 'n-1': ['172.16.0.1', 'fd00:1::1'], 's-1': ['172.16.8.1', 'fd00:8::1'] })
    expect(pairsOf(ends)).toHaveLength(4)
  })

  it('with pod prefixes may speak by the gateway address of their pods, and are asked by that of the LAN', () => {
    const world = { ...LAN, podPrefixes: [parsePrefix('10.42.0.0/16')] }
    const nodes = [labNode('n-1', '172.16.0.1/24', '203.0.113.1', ['10.42.1.0/24'])]
    expect(addressesOf(endsOf(nodes, world))).toEqual({ 'n-1': ['172.16.0.1', '10.42.1.1'] })
  })
})

describe('hosts with pod prefixes and no pods', () => {
  it('are asked by the gateway address', () => {
    const nodes = [labNode('n-1', '10.0.0.1/24', '203.0.113.1', ['10.42.1.0/24'])]
    expect(addressesOf(endsOf(nodes, { podPrefixes: [parsePrefix('10.42.0.0/16')] }))).toEqual({ 'n-1': ['10.42.1.1'] })
  })
})

describe('hosts whose private addresses are joined', () => {
  it('are asked by those, but not by an address that is the endpoint itself', () => {
    const ends = endsOf(
      [
        at('a', labNode('a-1', '10.0.0.1/24', '203.0.113.1')),
        at('b', labNode('b-1', '10.0.1.1/24')),
        at('c', labNode('c-1', '203.0.113.9/24', '203.0.113.9')),
      ],
      JOINED,
    )
    expect(addressesOf(ends)).toEqual({ 'a-1': ['10.0.0.1'], 'b-1': ['10.0.1.1'] })
  })

  it('are no ends where another has the address already', () => {
    const nodes = [
      at('a', labNode('a-1', '192.168.1.11/24', '203.0.113.1')),
      at('b', labNode('b-1', '192.168.1.11/24')),
    ]
    expect(addressesOf(endsOf(nodes, JOINED))).toEqual({ 'a-1': ['192.168.1.11'] })
  })

  it('do not meet one whose own network has that address for somebody else, in either direction', () => {
    const ends = endsOf(
      [
        at('a', labNode('a-1', '192.168.1.11/24', '203.0.113.1')),
        at('a', labNode('a-2', '192.168.1.12/24')),
        at('b', labNode('b-1', '192.168.1.99/24')),
        at('c', labNode('c-1', '10.0.0.1/24', '203.0.113.3')),
      ],
      JOINED,
    )
    expect(pairNames(ends).filter((pair) => pair.includes('a-1'))).toEqual([
      'a-1 > a-2 192.168.1.12',
      'a-1 > c-1 10.0.0.1',
      'a-2 > a-1 192.168.1.11',
      'c-1 > a-1 192.168.1.11',
    ])
    expect(pairNames(ends).filter((pair) => pair.includes('b-1'))).toEqual([
      'b-1 > c-1 10.0.0.1',
      'c-1 > b-1 192.168.1.99',
    ])
  })
})
