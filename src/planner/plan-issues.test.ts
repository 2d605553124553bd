import { describe, expect, test } from 'vitest'
import { parseAddress, parsePrefix, type World } from '../model/index.ts'
import { preparePlan } from './index.ts'
import { endpoint, messages, worldOf } from './small-world.fixture.ts'

describe('MTU', () => {
  const podMtu = (world: World) => preparePlan(world).mtus.podBytes
  const two = [
    { name: 'a', site: 's', endpoint: endpoint('203.0.113.1') },
    { name: 'b', site: 't', endpoint: endpoint('203.0.113.2') },
  ]

  test('is the underlay less the worst overhead on the way', () => {
    expect(
      podMtu(
        worldOf([
          { name: 'a', site: 's' },
          { name: 'b', site: 's' },
        ]),
      ),
    ).toBe(1500)
    expect(
      podMtu(
        worldOf(
          [
            { name: 'a', site: 's' },
            { name: 'b', site: 's' },
          ],
          { fabric: { kind: 'vxlan', encapsulate: 'always', port: 8472 } },
        ),
      ),
    ).toBe(1450)
    expect(podMtu(worldOf(two))).toBe(1440)
    expect(podMtu(worldOf([...two, { name: 'c', site: 'u', endpoint: endpoint('2001:db8::1') }]))).toBe(1420)
  })

  test('the narrowest underlay of any node counts', () => {
    const world = worldOf(two)
    expect(podMtu({ ...world, statuses: new Map([['a', { name: 'a', underlayMtuBytes: 1400 }]]) })).toBe(1340)
  })

  test('between sites of jumbo frames it is that of the internet, unless the network says what its paths take', () => {
    const jumbo = (world: World): World => ({
      ...world,
      statuses: new Map(['a', 'b'].map((name) => [name, { name, underlayMtuBytes: 9000 }])),
    })
    expect(podMtu(jumbo(worldOf(two)))).toBe(1440)
    expect(podMtu(jumbo(worldOf(two, { mtu: 8900 })))).toBe(8900)
    const inOne = two.map((node) => ({ ...node, site: 's' }))
    expect(podMtu(jumbo(worldOf(inOne)))).toBe(9000)
  })

  test('less than 1280 bytes for IPv6 pods is said, names the node, and stops nobody', () => {
    const world = worldOf(two)
    const narrow = { ...world, statuses: new Map([['a', { name: 'a', underlayMtuBytes: 1300 }]]) }
    expect(messages(narrow)).toEqual([expect.stringMatching(/^warning: the underlay of Node\/a leaves 1240 bytes/)])
    expect(podMtu(narrow)).toBe(1280)
  })

  test('IPv4 pods may be narrower, but no device that carries next hops', () => {
    const world = worldOf(two, { podPrefixes: [parsePrefix('10.42.0.0/16')] })
    const { mtus } = preparePlan({ ...world, statuses: new Map([['a', { name: 'a', underlayMtuBytes: 1300 }]]) })
    expect([mtus.podBytes, mtus.tunnelBytes, mtus.vxlanBytes]).toEqual([1240, 1280, 1280])
  })
})

describe('private addresses', () => {
  const v6 = { privateAddresses: [{ address: parseAddress('fd00::5'), length: 64 }] }

  test('members of a site that share no family are an error that names them', () => {
    const world = worldOf([
      { name: 'a', site: 's' },
      { name: 'b', site: 's', ...v6 },
    ])
    expect(messages(world)).toEqual([expect.stringContaining('site s has nodes without a private IPv4 address (b)')])
  })

  test('members of different subnets need vxlan', () => {
    const nodes = [
      { name: 'a', site: 's' },
      { name: 'b', site: 's', privateAddresses: [{ address: parseAddress('172.31.200.5'), length: 32 }] },
    ]
    expect(messages(worldOf(nodes))).toEqual([expect.stringContaining('b is not in the subnet of a')])
    expect(messages(worldOf(nodes, { fabric: { kind: 'vxlan', encapsulate: 'always', port: 8472 } }))).toEqual([])
  })

  test('or the one that all have first, as only that is a next hop', () => {
    const at = (address: string) => ({ address: parseAddress(address), length: 24 })
    const both = (other: string, common: string) => ({ privateAddresses: [at(other), at(common)] })
    const nodes = [
      { name: 'a', site: 's', ...both('172.31.1.5', '10.9.0.5') },
      { name: 'b', site: 's', ...both('172.31.2.5', '10.9.0.6') },
    ]
    expect(messages(worldOf(nodes))).toEqual([
      expect.stringContaining('take vxlan, or put the address in 10.9.0.0/24, which all of them have, first'),
    ])
    const swapped = nodes.map((node) => ({ ...node, privateAddresses: node.privateAddresses.toReversed() }))
    expect(messages(worldOf(swapped))).toEqual([])
  })

  test('IPv4 pods over an IPv6 network need vxlan', () => {
    const nodes = [
      { name: 'a', site: 's', ...v6 },
      { name: 'b', site: 's', privateAddresses: [{ address: parseAddress('fd00::6'), length: 64 }] },
    ]
    expect(messages(worldOf(nodes))).toEqual([expect.stringContaining('take fabric vxlan')])
    expect(messages(worldOf(nodes, { fabric: { kind: 'vxlan', encapsulate: 'always', port: 8472 } }))).toEqual([])
  })
})
