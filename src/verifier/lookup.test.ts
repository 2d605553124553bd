import { describe, expect, test } from 'vitest'
import {
  formatAddress,
  MAIN_TABLE,
  nextHop,
  parseAddress,
  parsePrefix,
  type Rule,
  route,
  rule,
} from '../model/index.ts'
import { bareNode, packetTo } from './bare-node.fixture.ts'
import { lookUp } from './lookup.ts'
import type { Packet } from './packet.ts'

const because: [] = []
const own = (preference: number, table: number, more: Partial<Rule> = {}) =>
  rule({ family: 4, preference, table, because, ...more })
const by = (table: number, to: string, link: string) =>
  route({ table, to: parsePrefix(to), target: { kind: 'link', link }, because })

/** Where it goes: by which link, or why nowhere. */
function wayOf(entries: Parameters<typeof bareNode>[0], to: string, packet: Partial<Packet> = {}, isOwn = false) {
  const one = packetTo(to, packet)
  const found = lookUp(bareNode(entries), one, one.destination, isOwn)
  if (found.kind === 'ways') return found.ways.map(({ link }) => link).join(' ')
  return found.kind === 'none' ? found.reason : found.route.kind
}

describe('rules', () => {
  test('are asked in the order of their preferences, before the main table', () => {
    const two = [own(20, 2), own(10, 1), by(2, '10.0.0.0/8', 'second'), by(1, '10.0.0.0/8', 'first')]
    expect(wayOf(two, '10.1.1.1')).toBe('first')
    expect(wayOf(two, '9.9.9.9')).toBe('underlay')
    expect(wayOf([by(MAIN_TABLE, '10.0.0.0/8', 'main')], '10.1.1.1')).toBe('main')
  })

  test('without a mark: what carries all of its bits passes it over', () => {
    const marked = [own(10, 1, { withoutMark: 0x30 }), by(1, '10.0.0.0/8', 'ours')]
    const tried = [0, 0x10, 0x30, 0x70].map((mark) => wayOf(marked, '10.1.1.1', { mark }))
    expect(tried).toEqual(['ours', 'ours', 'underlay', 'underlay'])
  })

  test('of own UDP to a port', () => {
    const ported = [own(10, 1, { ownUdpPort: 8472 }), by(1, '10.0.0.0/8', 'ours')]
    const udp = { protocol: 'udp', destinationPort: 8472 } as const
    expect(wayOf(ported, '10.1.1.1', udp, true)).toBe('ours')
    expect(wayOf(ported, '10.1.1.1', udp, false)).toBe('underlay')
    expect(wayOf(ported, '10.1.1.1', { ...udp, protocol: 'tcp' }, true)).toBe('underlay')
    expect(wayOf(ported, '10.1.1.1', { ...udp, destinationPort: 1 }, true)).toBe('underlay')
  })

  test('of what the machine itself sends somewhere', () => {
    const there = [own(10, 1, { ownTo: parsePrefix('10.1.0.0/16') }), by(1, '10.0.0.0/8', 'ours')]
    expect(wayOf(there, '10.1.1.1', {}, true)).toBe('ours')
    expect(wayOf(there, '10.1.1.1', {}, false)).toBe('underlay')
    expect(wayOf(there, '10.2.1.1', {}, true)).toBe('underlay')
  })

  test('that suppress routes of so short a prefix', () => {
    const short = [own(10, 1, { suppressPrefixLength: 8 }), by(1, '10.0.0.0/8', 'short'), by(1, '10.1.0.0/16', 'long')]
    expect(wayOf(short, '10.1.1.1')).toBe('long')
    expect(wayOf(short, '10.2.1.1')).toBe('underlay')
    expect(wayOf([own(10, 1, { suppressPrefixLength: 7 }), by(1, '10.0.0.0/8', 'short')], '10.2.1.1')).toBe('short')
  })

  test('of a family alone', () => {
    expect(wayOf([own(10, 1, { family: 6 }), by(1, '10.0.0.0/8', 'ours')], '10.1.1.1')).toBe('underlay')
    expect(wayOf([], 'fd42::1')).toBe('no route leads there')
  })
})

describe('routes', () => {
  const to = parsePrefix('10.0.0.0/8')
  const led = (target: Parameters<typeof route>[0]['target'], ...more: Parameters<typeof bareNode>[0]) => [
    own(10, 1),
    own(20, 2),
    route({ table: 1, to, target, because }),
    by(2, '10.0.0.0/8', 'next rule'),
    ...more,
  ]

  test('throw goes on with the next rule, unreachable does not', () => {
    expect(wayOf(led({ kind: 'throw' }), '10.1.1.1')).toBe('next rule')
    expect(wayOf(led({ kind: 'unreachable' }), '10.1.1.1')).toBe('the route says that it is unreachable')
  })

  test('by several next hops, all of them', () => {
    const hops = ['172.31.0.1', '172.31.0.2'].map((via, nth) => ({ via: parseAddress(via), link: `l${nth}` }))
    expect(wayOf(led({ kind: 'via', hops }), '10.1.1.1')).toBe('l0 l1')
  })

  test('by a next-hop object, a group of some, or one that is not there', () => {
    const hop = (id: number) => nextHop({ id, link: `l${id}`, via: parseAddress(`172.31.0.${id}`), because })
    const group = { kind: 'next-hop-group' as const, id: 9, members: [1, 2, 3], because }
    expect(wayOf(led({ kind: 'next-hop-object', id: 1 }, hop(1)), '10.1.1.1')).toBe('l1')
    expect(wayOf(led({ kind: 'next-hop-object', id: 9 }, hop(1), hop(2), group), '10.1.1.1')).toBe('l1 l2')
    const none = (id: number) => `there is no next hop ${id} to which the route leads`
    expect(wayOf(led({ kind: 'next-hop-object', id: 8 }), '10.1.1.1')).toBe(none(8))
    expect(wayOf(led({ kind: 'next-hop-object', id: 9 }, group), '10.1.1.1')).toBe(none(9))
  })

  test('say which source the machine takes, and which entries led there', () => {
    const sourced = (source: Parameters<typeof route>[0]['source']) => {
      const target = { kind: 'link', link: 'l' } as const
      const entries = [own(10, 1), route({ table: 1, to, target, because, ...(source && { source }) })]
      return lookUp(bareNode(entries), packetTo('10.1.1.1'), parseAddress('10.1.1.1'), true)
    }
    const found = sourced('gateway-address')
    if (found.kind !== 'ways') throw new Error('it has ways')
    expect(found.source && formatAddress(found.source)).toBe('10.42.3.1')
    expect(found.steps.map(({ kind }) => kind)).toEqual(['rule', 'route'])
    expect(found.ways).toEqual([{ link: 'l', steps: [] }])
    expect(sourced(parseAddress('10.42.3.7'))).toMatchObject({ source: parseAddress('10.42.3.7') })
    expect(sourced(undefined)).not.toHaveProperty('source')
  })
})
