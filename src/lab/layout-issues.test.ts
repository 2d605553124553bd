import { describe, expect, it } from 'vitest'
import { labCloud, labNode, labOf, labWorld } from '../../test/lab-world.ts'
import { type Node, parseAddress } from '../model/index.ts'
import { layoutIssues } from './layout-issues.ts'

const named = (node: Node, host: string): Node => ({ ...node, endpoint: { host, port: 51820 } })
const mapped = (node: Node, ports: readonly number[]): Node =>
  node.endpoint ? { ...node, endpoint: { ...node.endpoint, ports } } : node

describe('layoutIssues', () => {
  it('says what cannot stand in the clouds, and what to do', () => {
    const nodes = [
      labNode('open-1', '203.0.113.7/24', '203.0.113.8'),
      named(labNode('named', '10.0.0.5/24'), 'gw.example.org'),
      labNode('six', '10.0.0.6/24', '2001:db8::1'),
    ]
    const clouds = [labCloud('open', 'none'), labCloud('a', 'one-to-one')]
    expect(layoutIssues(labWorld(nodes), labOf(clouds, { 'open-1': 'open', named: 'a', six: 'a' }))).toEqual([
      'node open-1 has the endpoint 203.0.113.8, which is none of its own addresses, and cloud open translates none (nat: none)',
      'node named has the endpoint "gw.example.org", which lab try does not know; write its addresses under spec.hosts',
      'node six has the IPv6 endpoint 2001:db8::1 and no IPv6 private address behind it',
    ])
  })

  it('takes an endpoint by name for what spec.hosts says of it', () => {
    const nodes = [named(labNode('open-1', '203.0.113.7/24'), 'gw.example.org')]
    const lab = labOf([labCloud('open', 'none')], { 'open-1': 'open' })
    const knowing = (...addresses: readonly string[]) =>
      layoutIssues(labWorld(nodes), { ...lab, hosts: new Map([['gw.example.org', addresses.map(parseAddress)]]) })
    expect(knowing('203.0.113.7')).toEqual([])
    const dotted = [named(labNode('open-1', '203.0.113.7/24'), 'gw.example.org.')]
    const hosts = new Map([['gw.example.org', [parseAddress('203.0.113.7')]]])
    expect(layoutIssues(labWorld(dotted), { ...lab, hosts })).toEqual([])
    expect(knowing('203.0.113.7', '2001:db8::1')).toEqual([
      'node open-1 has the endpoint gw.example.org (2001:db8::1), which is none of its own addresses, and cloud open translates none (nat: none)',
    ])
  })

  describe('behind one router', () => {
    const home = labOf([labCloud('home', 'masquerade')], { 'home-1': 'home', 'home-2': 'home' })
    const one = labNode('home-1', '192.168.1.11/24', '203.0.113.9')
    const two = labNode('home-2', '192.168.1.12/24', '203.0.113.9')

    it('lets nodes share its address under ports of their own', () => {
      expect(layoutIssues(labWorld([mapped(one, [40_001]), mapped(two, [40_002])]), home)).toEqual([])
    })

    it('says where two nodes want one port', () => {
      expect(layoutIssues(labWorld([one, two]), home)).toEqual([
        'cloud home cannot forward 203.0.113.9 port 51820 to both home-1 and home-2; give one of them other ports (spec.endpoint.ports)',
      ])
    })

    it('counts a port for every gateway that any site may have', () => {
      const next = labNode('home-2', '192.168.1.12/24', '203.0.113.9')
      const world = labWorld([one, { ...next, endpoint: { host: parseAddress('203.0.113.9'), port: 51821 } }])
      expect(layoutIssues(world, home)).toEqual([])
      const wide = { ...world, sites: new Map([['far', { name: 'far', gatewaysPerSite: 2 }]]) }
      expect(layoutIssues(wide, home)).toEqual([
        'cloud home cannot forward 203.0.113.9 port 51821 to both home-1 and home-2; give one of them other ports (spec.endpoint.ports)',
      ])
    })

    it('says where nodes name different addresses for it', () => {
      expect(layoutIssues(labWorld([one, labNode('home-2', '192.168.1.12/24', '203.0.113.10')]), home)).toEqual([
        'nodes home-1 and home-2 have endpoints at 203.0.113.9 and at 203.0.113.10, but cloud home has one public IPv4 address for all (nat: masquerade); write the same for both',
      ])
    })
  })

  it('says where the internet would know two owners of one address', () => {
    const nodes = [labNode('a-1', '10.0.0.5/24', '203.0.113.9'), labNode('home-1', '192.168.1.11/24', '203.0.113.9')]
    const lab = labOf([labCloud('a', 'one-to-one'), labCloud('home', 'masquerade')], { 'a-1': 'a', 'home-1': 'home' })
    expect(layoutIssues(labWorld(nodes), lab)).toEqual([
      '203.0.113.9 is the public address of node a-1 and of cloud home; only one can have it',
    ])
  })

  it('refuses clouds that are too narrow for the IPv6 of pods, and says what would do', () => {
    const pods = (number: number): string[] => [`10.42.${number}.0/24`, `fd42:42:0:${number}::/64`]
    const nodes = [
      labNode('a', '10.0.0.1/24', '203.0.113.1', pods(1)),
      labNode('b', '10.0.1.1/24', '203.0.113.2', pods(2)),
    ]
    const of = (mtuBytes: number, families: string[]): string[] =>
      layoutIssues(
        labWorld(nodes, families),
        labOf([labCloud('wide', 'one-to-one'), labCloud('narrow', 'one-to-one', false, mtuBytes)], {
          a: 'wide',
          b: 'narrow',
        }),
      )
    const both = ['10.42.0.0/16', 'fd42:42::/48']
    expect(of(1339, both)).toEqual([
      'cloud narrow takes packets of 1339 bytes, which leaves 1279 for one of a pod, and IPv6 needs 1280 (RFC 8200); make it 1340 at least, or take the IPv6 prefixes out of the network',
    ])
    expect(of(1340, both)).toEqual([])
    expect(of(1339, ['10.42.0.0/16'])).toEqual([])
  })
})
