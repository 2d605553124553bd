import { describe, expect, it } from 'vitest'
import { labCloud, labNode, labOf, labWorld } from '../../test/lab-world.ts'
import {
  containsAddress,
  formatPrefix,
  type Lab,
  type Network,
  type Node,
  parseAddress,
  parsePrefix,
} from '../model/index.ts'
import { layOut } from './layout.ts'

type Place = readonly [cloud: 'private' | 'home' | 'open', node: Node]

function hiddenIn(places: readonly Place[], network: Partial<Network>, hosts: Lab['hosts'] = new Map()) {
  const world = labWorld(places.map(([, node]) => node))
  const clouds = [labCloud('private', 'one-to-one'), labCloud('home', 'masquerade'), labCloud('open', 'none')]
  const lab = labOf(clouds, Object.fromEntries(places.map(([cloud, { name }]) => [name, cloud])))
  const layout = layOut({ ...world, network: { ...world.network, ...network } }, { ...lab, hosts }, 'x')
  return {
    prefixes: layout.hidden.map(formatPrefix),
    holds: (address: string) => layout.hidden.some((prefix) => containsAddress(prefix, parseAddress(address))),
  }
}

const lan = { podPrefixes: [], lan: parsePrefix('172.16.0.0/12') }
const joined = { podPrefixes: [], joinPrivateAddresses: true }

describe('what the internet must not see', () => {
  it('is the pod prefixes', () => {
    const node = labNode('a-1', '10.0.0.1/24', '203.0.113.1', ['10.42.1.0/24'])
    expect(hiddenIn([['private', node]], {}).prefixes).toEqual(['10.42.0.0/16'])
  })

  it('is the whole virtual LAN, with the private addresses inside it that a cloud translates', () => {
    const hidden = hiddenIn(
      [
        ['private', labNode('n-1', '172.16.0.1/24', '203.0.113.1')],
        ['home', labNode('h-1', '172.17.0.1/24')],
      ],
      lan,
    )
    expect(hidden.prefixes).toEqual(['172.16.0.0/12'])
  })

  it('is not the address of a machine in a cloud that translates none, though it lies inside a range', () => {
    const hidden = hiddenIn([['open', labNode('o-1', '172.20.0.5/24', '172.20.0.5')]], lan)
    expect(hidden.holds('172.20.0.5')).toBe(false)
    expect(hidden.holds('172.20.0.6')).toBe(true)
    expect(hiddenIn([['open', labNode('o-1', '10.42.255.5/24')]], {}).holds('10.42.255.5')).toBe(false)
  })

  it('is not an endpoint inside a range, be it an address or a name', () => {
    const named = { ...labNode('n-2', '10.0.0.2/24'), endpoint: { host: 'n2.example.net', port: 51820 } }
    const hidden = hiddenIn(
      [
        ['private', labNode('n-1', '10.0.0.1/24', '172.20.0.1')],
        ['private', named],
      ],
      lan,
      new Map([['n2.example.net', [parseAddress('172.20.0.2')]]]),
    )
    expect(['172.20.0.1', '172.20.0.2', '172.20.0.3'].map(hidden.holds)).toEqual([false, false, true])
  })

  it('is not where clouds meet the internet', () => {
    const wide = { podPrefixes: [], lan: parsePrefix('198.16.0.0/12') }
    const hidden = hiddenIn([['home', labNode('h-1', '192.168.1.11/24')]], wide)
    // One pair of addresses a cloud; home is the second.
    expect(['198.18.0.5', '198.18.0.6', '198.20.0.1'].map(hidden.holds)).toEqual([false, false, true])
  })

  it('is the joined private addresses of machines in clouds that translate, and of no others', () => {
    const places: readonly Place[] = [
      ['private', labNode('a-1', '10.0.0.1/24', '203.0.113.1')],
      ['home', labNode('h-1', '192.168.1.11/24')],
      ['open', labNode('o-1', '203.0.113.200/24')],
    ]
    expect(hiddenIn(places, joined).prefixes).toEqual(['10.0.0.1/32', '192.168.1.11/32'])
  })

  it('is no private address that is not joined', () => {
    const node = labNode('a-1', '10.0.0.1/24', '203.0.113.1', ['10.42.1.0/24'])
    expect(hiddenIn([['private', node]], {}).holds('10.0.0.1')).toBe(false)
  })

  it('is the private address of a machine that has no other by which to speak', () => {
    const nodes: readonly Place[] = [
      ['private', labNode('n-1', '172.16.0.1/24', '203.0.113.1')],
      ['private', labNode('n-2', '10.0.0.2/24')],
    ]
    expect(hiddenIn(nodes, lan).prefixes).toEqual(['10.0.0.2/32', '172.16.0.0/12'])
  })

  it('is joined private addresses beside pods', () => {
    const hidden = hiddenIn([['private', labNode('a-1', '10.0.0.1/24')]], { joinPrivateAddresses: true })
    expect(hidden.prefixes).toEqual(['10.0.0.1/32', '10.42.0.0/16'])
  })
})
