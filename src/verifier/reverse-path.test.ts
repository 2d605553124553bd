import { describe, expect, test } from 'vitest'
import {
  type Entry,
  type InterfaceAddress,
  type Link,
  MAIN_TABLE,
  parseAddress,
  parsePrefix,
  route,
  rule,
  sysctl,
} from '../model/index.ts'
import { bareNode, packetTo } from './bare-node.fixture.ts'
import { planOf } from './example-plan.fixture.ts'
import { reversePathRefusal } from './reverse-path.ts'
import { smallWorld } from './small-world.fixture.ts'
import { walk } from './walk.ts'

const because: [] = []
const link = (name: string): Link => ({ kind: 'link', name, type: { kind: 'dummy' }, mtuBytes: 1440, because })
const addressOf = (name: string): InterfaceAddress => ({
  kind: 'address',
  link: name,
  address: parseAddress('10.42.3.1'),
  because,
})
const checked = (name: string, value: string) => sysctl({ key: `net/ipv4/conf/${name}/rp_filter`, value, because })
const back = (by: string) =>
  route({ table: MAIN_TABLE, to: parsePrefix('10.42.0.0/16'), target: { kind: 'link', link: by }, because })
const refused = (entries: readonly Entry[], to = '10.42.3.7', more: Parameters<typeof packetTo>[1] = {}, at = 'd1') =>
  reversePathRefusal(bareNode([link('d1'), link('d2'), ...entries], { defaultRoutes: [] }), at, packetTo(to, more))
    ?.reason

describe('the reverse path', () => {
  const none = 'its reverse path is checked, and no route leads back to 10.42.3.9'
  const another = 'its reverse path is checked strictly, and the way back is another'

  test('is not looked at where nothing says so, nor in IPv6', () => {
    expect(refused([])).toBeUndefined()
    expect(refused([checked('d1', '0')])).toBeUndefined()
    expect(refused([checked('d2', '1')])).toBeUndefined()
    expect(refused([checked('d1', 'no number')])).toBeUndefined()
    expect(refused([checked('d1', '1')], 'fd42::7')).toBeUndefined()
  })

  test('loose wants any route and an address on the link, strict the same link', () => {
    expect(refused([checked('d1', '2')])).toBe(none)
    expect(refused([checked('d1', '1'), back('d1')])).toBeUndefined()
    expect(refused([checked('d1', '1'), back('d2'), addressOf('d1')])).toBe(another)
    expect(refused([checked('d1', '2'), back('d2'), addressOf('d1')])).toBeUndefined()
    expect(refused([checked('d1', '2'), back('d2')])).toBe('its reverse path is checked, and d1 has no address')
  })

  test('of the link and of all, the larger number counts', () => {
    const entries = [back('d2'), addressOf('d1')]
    expect(refused([checked('all', '1'), ...entries])).toBe(another)
    expect(refused([checked('d1', '1'), checked('all', '2'), ...entries])).toBeUndefined()
    expect(refused([checked('d1', '0'), checked('all', '1'), ...entries])).toBe(another)
  })

  test('by the link of the underlay: its routes and those of links that are none of ours are the same way', () => {
    const from = { source: parseAddress('172.31.0.20') }
    expect(refused([checked('eth0', '1')], '10.42.3.7', from, 'eth0')).toBeUndefined()
    expect(refused([checked('eth0', '1'), back('eth0')], '10.42.3.7', {}, 'eth0')).toBeUndefined()
    expect(refused([checked('eth0', '1'), back('d1')], '10.42.3.7', {}, 'eth0')).toBe(another)
    expect(refused([checked('eth0', '2'), back('d1')], '10.42.3.7', {}, 'eth0')).toBeUndefined()
    expect(refused([checked('d1', '1'), addressOf('d1')], '10.42.3.7', from)).toBe(another)
  })

  test('an address of the machine itself comes from nowhere', () => {
    expect(refused([], '10.42.3.7', { source: parseAddress('172.31.0.13') })).toBe(
      'it claims to come from an address of n itself',
    )
  })

  test('nor may a pod, or a network behind, speak by an address of the machine: IPv6 alone lets it', () => {
    const from = (kind: 'pod' | 'behind', address: string, family: 4 | 6) => {
      const { network } = planOf(smallWorld())
      const packet = packetTo(family === 4 ? '10.42.2.9' : 'fd42:42:0:2::9', { source: parseAddress(address) })
      return walk(network, { node: 'a3', from: kind }, packet).map(({ verdict }) =>
        'reason' in verdict ? verdict.reason : verdict.kind,
      )
    }
    const claims = ['it claims to come from an address of a3 itself']
    for (const kind of ['pod', 'behind'] as const) {
      expect(from(kind, '172.31.0.13', 4)).toEqual(claims)
      expect(from(kind, '10.42.3.1', 4)).toEqual(claims)
      expect(from(kind, '10.42.3.9', 4)).toEqual(['delivered'])
      expect(from(kind, 'fd42:42:0:3::1', 6)).toEqual(['delivered'])
    }
    const node = bareNode([link('d2'), checked('all', '1'), back('d2')])
    expect(reversePathRefusal(node, undefined, packetTo('10.42.3.7'))).toBeUndefined()
  })

  test('a mark is not looked at on the way back', () => {
    const ours = rule({ family: 4, preference: 10, table: 1, withoutMark: 1, because })
    const led = route({ table: 1, to: parsePrefix('10.42.0.0/16'), target: { kind: 'link', link: 'd1' }, because })
    expect(refused([checked('d1', '1'), ours, led], '10.42.3.7', { mark: 1 })).toBeUndefined()
  })

  test('of several ways back one is enough', () => {
    const hops = ['d1', 'd2'].map((link) => ({ link, via: parseAddress('10.9.0.1') }))
    const several = route({
      table: MAIN_TABLE,
      to: parsePrefix('10.42.0.0/16'),
      target: { kind: 'via', hops },
      because,
    })
    expect(refused([checked('d1', '1'), several])).toBeUndefined()
  })

  test('a rule for where the machine itself sends leads the way back', () => {
    const own = rule({ family: 4, preference: 10, table: 1, ownTo: parsePrefix('10.42.0.0/16'), because })
    const led = route({ table: 1, to: parsePrefix('10.42.0.0/16'), target: { kind: 'link', link: 'd1' }, because })
    expect(refused([checked('d1', '1'), own, led])).toBeUndefined()
  })

  test('ports are not looked at on the way back: a rule for what the machine itself sends to one does not lead it', () => {
    const own = rule({ family: 4, preference: 10, table: 1, ownUdpPort: 8472, because })
    const led = route({ table: 1, to: parsePrefix('10.42.0.0/16'), target: { kind: 'link', link: 'd1' }, because })
    const vxlan = { protocol: 'udp', sourcePort: 8472, destinationPort: 8472 } as const
    expect(refused([checked('d1', '1'), own, led], '10.42.3.7', vxlan)).toBe(none)
  })

  test('says which setting it was', () => {
    const node = (...settings: Entry[]) => bareNode([link('d1'), ...settings], { defaultRoutes: [] })
    const entryOf = (...settings: Entry[]) =>
      reversePathRefusal(node(...settings), 'd1', packetTo('10.42.3.7'))?.step?.entry
    expect(entryOf(checked('d1', '2'))).toMatchObject({ key: 'net/ipv4/conf/d1/rp_filter' })
    expect(entryOf(checked('all', '2'))).toMatchObject({ key: 'net/ipv4/conf/all/rp_filter' })
  })
})
