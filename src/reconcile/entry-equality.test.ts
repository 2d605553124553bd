import { describe, expect, test } from 'vitest'
import { because, publicKey } from '../../test/arbitraries/node-state.ts'
import {
  type Entry,
  type FilterRule,
  type FilterTable,
  fdbEntry,
  filterTable,
  link,
  neighbour,
  nextHop,
  nextHopGroup,
  parseAddress,
  parsePrefix,
  route,
  sysctl,
  TABLE,
  wireguardDevice,
  wireguardPeer,
} from '../model/index.ts'
import { isAsWanted } from './entry-equality.ts'

const address = parseAddress
const dummy = link({ name: 'damask0', type: { kind: 'dummy' }, mtuBytes: 1420, because })
const ipipType = { kind: 'ipip', local: address('192.0.2.1'), mark: 0x1000 } as const
const ipip = { ...link({ name: 'damask-ipip', type: ipipType, mtuBytes: 1480, because }), type: ipipType }
const device = wireguardDevice({ link: 'damask-t1', publicKey: publicKey(1), listenPort: 51820, mark: 0x1000, because })
const peer = wireguardPeer({
  link: 'damask-t1',
  publicKey: publicKey(2),
  allowedIps: [parsePrefix('10.1.0.0/16'), parsePrefix('fd00:1::/48')],
  keepaliveSeconds: 25,
  because,
})
const hop = nextHop({ id: 0xda000001, link: 'damask-t1', because })
const group = nextHopGroup({ id: 0xda400001, members: [1, 2], because })
const aNeighbour = neighbour({
  link: 'damask-vx',
  address: address('fe80::2'),
  hardwareAddress: '02:00:00:00:00:02',
  because,
})
const forwarding = fdbEntry({
  link: 'damask-vx',
  hardwareAddress: '02:00:00:00:00:02',
  remote: address('192.0.2.2'),
  because,
})
const overHops = route({
  table: TABLE,
  to: parsePrefix('10.2.0.0/16'),
  target: {
    kind: 'via',
    hops: [
      { via: address('192.0.2.2'), link: 'eth0' },
      { via: address('192.0.2.3'), link: 'eth0' },
    ],
  },
  because,
})
const [firstHop, secondHop] = overHops.target.kind === 'via' ? overHops.target.hops : []
if (firstHop === undefined || secondHop === undefined) throw new Error('the route has two hops')

const leak: FilterRule = { when: [{ kind: 'mark', mask: 0x1000 }], verdict: { kind: 'drop' }, comment: 'leak' }
const table = (rules: readonly FilterRule[], elements: readonly string[]): FilterTable =>
  filterTable({
    name: 'damask',
    sets: [
      { name: 'pods4', family: 4, elements: elements.map(parsePrefix) },
      { name: 'pods6', family: 6, elements: [] },
    ],
    chains: [{ name: 'leaks', type: 'filter', hook: 'forward', priority: 0, rules }],
    because,
  })
const filter = table([leak], ['10.1.0.0/16'])

describe('what stands is not what is wanted', () => {
  test.each<[string, Entry, Entry]>([
    ['value of a sysctl', sysctl({ key: 'a', value: '1', because }), sysctl({ key: 'a', value: '0', because })],
    ['MTU', dummy, { ...dummy, mtuBytes: 1400 }],
    ['type of a link', dummy, { ...dummy, type: { kind: 'wireguard' } }],
    ['address of an ipip link', ipip, { ...ipip, type: { ...ipip.type, local: address('192.0.2.2') } }],
    ['mark of an ipip link', ipip, { ...ipip, type: { ...ipip.type, mark: 0 } }],
    ['hardware address', { ...dummy, hardwareAddress: '02:00:00:00:00:01' }, dummy],
    ['link that is down', dummy, { ...dummy, isDown: true }],
    ['key of a device', device, { ...device, publicKey: publicKey(3) }],
    ['port of a device', device, { ...device, listenPort: 51821 }],
    ['mark of a device', device, { ...device, mark: 0 }],
    ['keepalive', peer, { ...peer, keepaliveSeconds: 0 }],
    ['fewer allowed IPs', peer, { ...peer, allowedIps: peer.allowedIps.slice(1) }],
    ['more allowed IPs', { ...peer, allowedIps: peer.allowedIps.slice(0, 1) }, peer],
    ['other allowed IPs', peer, { ...peer, allowedIps: [parsePrefix('10.1.0.0/17'), parsePrefix('fd00:1::/48')] }],
    ['hardware address of a neighbour', aNeighbour, { ...aNeighbour, hardwareAddress: '02:00:00:00:00:03' }],
    ['remote of a forwarding entry', forwarding, { ...forwarding, remote: address('192.0.2.3') }],
    ['link of a next hop', hop, { ...hop, link: 'damask-t2' }],
    ['address of a next hop', { ...hop, via: address('fe80::2') }, hop],
    ['another address of a next hop', { ...hop, via: address('fe80::2') }, { ...hop, via: address('fe80::3') }],
    ['group with a member too many', { ...group, members: [1] }, group],
    ['group with a member too few', group, { ...group, members: [1] }],
    ['group with another member', group, { ...group, members: [1, 3] }],
    ['source of a route', { ...overHops, source: address('10.4.1.1') }, overHops],
    ['kind of a target', overHops, { ...overHops, target: { kind: 'throw' } }],
    ['fewer hops', overHops, { ...overHops, target: { kind: 'via', hops: [firstHop] } }],
    ['one hop twice', overHops, { ...overHops, target: { kind: 'via', hops: [firstHop, firstHop] } }],
    [
      'hop that is only on the link because the route says so',
      overHops,
      { ...overHops, target: { kind: 'via', hops: [firstHop, { ...secondHop, onlink: true }] } },
    ],
    [
      'hop over another link',
      overHops,
      { ...overHops, target: { kind: 'via', hops: [firstHop, { ...secondHop, link: 'eth1' }] } },
    ],
    ['elements of a set', filter, table([leak], ['10.1.0.0/17'])],
    ['set that is missing', filter, { ...filter, sets: filter.sets.slice(1) }],
    ['rule that is missing', filter, table([], ['10.1.0.0/16'])],
    ['rule that is changed', filter, table([{ ...leak, comment: 'another' }], ['10.1.0.0/16'])],
    ['rule too many', filter, table([leak, leak], ['10.1.0.0/16'])],
  ])('%s', (_, wanted, standing) => {
    expect(isAsWanted(wanted, standing)).toBe(false)
    expect(isAsWanted(wanted, { ...wanted, because: [] })).toBe(true)
  })
})

describe('what stands is what is wanted', () => {
  test.each<[string, Entry, Entry]>([
    ['whatever hardware address the kernel chose', dummy, { ...dummy, hardwareAddress: '02:00:00:00:00:01' }],
    ['wherever a peer has roamed', peer, { ...peer, endpoint: { address: address('203.0.113.9'), port: 1 } }],
    ['hops in another order', overHops, { ...overHops, target: { kind: 'via', hops: [secondHop, firstHop] } }],
    ['sets in another order', filter, { ...filter, sets: filter.sets.toReversed() }],
    [
      'fields in another order',
      filter,
      table([{ comment: 'leak', verdict: { kind: 'drop' }, when: leak.when }], ['10.1.0.0/16']),
    ],
  ])('%s', (_, wanted, standing) => {
    expect(isAsWanted(wanted, standing)).toBe(true)
  })
})
