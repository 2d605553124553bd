import { describe, expect, it } from 'vitest'
import { labCloud, labNode, labOf, labWorld } from '../../test/lab-world.ts'
import { formatAddress, formatPrefix, parseAddress } from '../model/index.ts'
import { layOut } from './layout.ts'

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
})
