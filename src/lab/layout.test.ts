import { describe, expect, it } from 'vitest'
import { labCloud, labNode, labOf, labWorld } from '../../test/lab-world.ts'
import { formatAddress, formatPrefix, parseAddress } from '../model/index.ts'
import { layOut, layoutIssues } from './layout.ts'

describe('layOut', () => {
  const a1 = labNode('a-1', '10.0.0.1/24', '203.0.113.1', ['10.42.1.0/24'])
  const a2 = labNode('a-2', '10.0.0.2/24', undefined, ['10.42.2.0/24'])
  const b1 = labNode('b-1', '192.168.1.11/24', undefined, ['10.42.3.0/24'])
  const two = labOf([labCloud('a', 'one-to-one', false, 9001), labCloud('b', 'masquerade')], {
    'a-1': 'a',
    'a-2': 'a',
    'b-1': 'b',
  })
  const layout = layOut(labWorld([a1, a2, b1], ['10.42.0.0/16'], 9999), two, 'abc123')

  it('gives each cloud a pair of transit addresses of its own', () => {
    expect(
      layout.clouds.flatMap(({ transit }) =>
        transit.map(({ internet, cloud }) => [internet, cloud].map(formatAddress)),
      ),
    ).toEqual([
      ['198.18.0.1', '198.18.0.2'],
      ['198.18.0.5', '198.18.0.6'],
    ])
  })

  it('takes as gateway the first address of the subnet that no node has', () => {
    expect(layout.nodes.map(({ gateways }) => gateways.map(({ address }) => formatAddress(address)))).toEqual([
      ['10.0.0.3'],
      ['10.0.0.3'],
      ['192.168.1.1'],
    ])
  })

  it('routes to a cloud the endpoints of its nodes and nothing else', () => {
    expect(layout.clouds.map(({ publicPrefixes }) => publicPrefixes.map(formatPrefix))).toEqual([
      ['203.0.113.1/32'],
      [],
    ])
  })

  it('names pods by node and letter, and namespaces by lab and thing', () => {
    expect(layout.nodes[0]?.pods).toEqual([
      { name: 'a-1-a', node: 'a-1', namespace: 'dmk-abc123-p-a-1-a' },
      { name: 'a-1-b', node: 'a-1', namespace: 'dmk-abc123-p-a-1-b' },
    ])
  })

  it('keeps jumbo frames inside the cloud', () => {
    expect(layout.clouds[0]).toMatchObject({ mtuBytes: 9001, wanMtuBytes: 1500 })
  })

  it('listens for the pod prefixes, and for vxlan on the port of the network too', () => {
    expect(layout.hidden.map(formatPrefix)).toEqual(['10.42.0.0/16'])
    expect(layout.vxlanPorts).toEqual([4789, 8472, 9999])
  })

  it('does not take an underlay inside the pod range for pods', () => {
    const inside = labWorld([labNode('a-1', '10.42.255.5/24')], ['10.42.0.0/16'])
    const placed = labOf([labCloud('a', 'one-to-one')], { 'a-1': 'a' })
    expect(layOut(inside, placed, 'x').hidden.some((prefix) => formatPrefix(prefix) === '10.42.0.0/17')).toBe(true)
    expect(layOut(inside, placed, 'x').hidden.some((prefix) => formatPrefix(prefix).startsWith('10.42.255.'))).toBe(
      false,
    )
  })

  it('puts nodes of different subnets on wires of their own', () => {
    const far = labNode('a-3', '10.0.1.5/24')
    const placed = labOf([labCloud('a', 'one-to-one')], { 'a-1': 'a', 'a-3': 'a' })
    expect(layOut(labWorld([a1, far]), placed, 'x').nodes.map(({ bridge }) => bridge)).toEqual(['lan0', 'lan1'])
  })

  it('gives a node that fills its subnet a gateway outside it', () => {
    const alone = layOut(
      labWorld([labNode('a-1', '203.0.113.5/32')]),
      labOf([labCloud('a', 'none')], { 'a-1': 'a' }),
      'x',
    )
    expect(alone.nodes[0]?.gateways).toMatchObject([{ address: parseAddress('169.254.1.1'), onlink: true }])
  })

  it('hides private addresses where hosts are the ends, but not public ones', () => {
    const hosts = [labNode('a-1', '203.0.113.5/24'), labNode('b-1', '192.168.1.11/24')]
    const placed = labOf([labCloud('a', 'none'), labCloud('b', 'masquerade')], { 'a-1': 'a', 'b-1': 'b' })
    expect(layOut(labWorld(hosts, []), placed, 'x').hidden.map(formatPrefix)).toEqual(['192.168.1.11/32'])
  })
})

describe('layoutIssues', () => {
  it('says what cannot stand in the clouds, and what to do', () => {
    const nodes = [
      labNode('home-1', '192.168.1.11/24', '203.0.113.9'),
      labNode('open-1', '203.0.113.7/24', '203.0.113.8'),
      { ...labNode('named', '10.0.0.5/24'), endpoint: { host: 'gw.example.org', port: 1 } },
      labNode('six', '10.0.0.6/24', '2001:db8::1'),
    ]
    const clouds = [labCloud('home', 'masquerade'), labCloud('open', 'none'), labCloud('a', 'one-to-one')]
    expect(
      layoutIssues(labWorld(nodes), labOf(clouds, { 'home-1': 'home', 'open-1': 'open', named: 'a', six: 'a' })),
    ).toEqual([
      'node home-1 has an endpoint, but cloud home lets nobody in (nat: masquerade)',
      'node open-1 has the endpoint 203.0.113.8, which is none of its own addresses, and cloud open translates none (nat: none)',
      'node named has the endpoint "gw.example.org"; a lab has no DNS, so write its address',
      'node six has an IPv6 endpoint and no IPv6 private address behind it',
    ])
  })
})
