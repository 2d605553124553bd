import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyNodeState, because, publicKey } from '../../test/arbitraries/node-state.ts'
import { processorMilliseconds } from '../../test/processor-time.ts'
import {
  type Change,
  type Entry,
  entriesOf,
  interfaceAddress,
  keyOf,
  link,
  missingKey,
  type NodeState,
  nextHop,
  nextHopGroup,
  parseAddress,
  parsePrefix,
  route,
  sysctl,
  TABLE,
  type WireguardPeer,
  wireguardDevice,
  wireguardPeer,
} from '../model/index.ts'
import { diff } from './index.ts'

const state = (...entries: Entry[]): NodeState => ({ node: 'aws-1', gatewayAddresses: {}, parts: [entries] })
const observedOf = (desired: NodeState): Entry[] => [...entriesOf(desired)].map((entry) => ({ ...entry, because: [] }))
/** `+ link damask0`, `~ …`, `- …`: one change a line, as an operator would note it. */
const lines = (changes: readonly Change[]): string[] =>
  changes.map(({ op, entry }) => `${{ create: '+', update: '~', delete: '-' }[op]} ${keyOf(entry)}`)

const anchor = link({ name: 'damask0', type: { kind: 'dummy' }, mtuBytes: 1420, because })
const tunnel = link({ name: 'damask-t1', type: { kind: 'wireguard' }, mtuBytes: 1420, because })
const device = wireguardDevice({ link: 'damask-t1', publicKey: publicKey(9), listenPort: 51820, mark: 0x1000, because })
const hop = nextHop({ id: 0xda000001, link: 'damask-t1', because })
const group = nextHopGroup({ id: 0xda400001, members: [0xda000001], because })
const overGroup = route({
  table: TABLE,
  to: parsePrefix('10.2.0.0/16'),
  target: { kind: 'next-hop-object', id: 0xda400001 },
  because,
})
const endpoint = (host: number) => ({ address: parseAddress(`203.0.113.${host}`), port: 51820 })
const peer = (fields: Partial<WireguardPeer> = {}) =>
  wireguardPeer({
    link: 'damask-t1',
    publicKey: publicKey(1),
    allowedIps: [parsePrefix('10.2.0.0/16')],
    keepaliveSeconds: 25,
    because,
    ...fields,
  })

describe('diff()', () => {
  test('finds nothing where what stands is what is wanted', () => {
    fc.assert(
      fc.property(anyNodeState, (desired) => {
        expect(diff(desired, observedOf(desired))).toEqual([])
      }),
    )
  })

  test('never compares because', () => {
    expect(diff(state(anchor), [{ ...anchor, because: [{ resource: 'Node/x', rule: 'another' }] }])).toEqual([])
  })

  test('an update carries what is wanted and what stands', () => {
    const observed = { ...anchor, mtuBytes: 1500, because: [] }
    expect(diff(state(anchor), [observed])).toEqual([{ op: 'update', entry: anchor, observed }])
  })

  test('puts the node’s own gateway address where a shared route says so', () => {
    const shared = { ...overGroup, source: 'gateway-address' as const }
    const desired: NodeState = {
      ...state(tunnel, hop, group, shared),
      gatewayAddresses: { 4: parseAddress('10.4.1.1') },
    }
    const observed = [tunnel, hop, group, { ...overGroup, source: parseAddress('10.4.1.1') }]
    expect(diff(desired, observed)).toEqual([])
    expect(lines(diff(desired, [tunnel, hop, group, overGroup]))).toEqual(['~ route 218 10.2.0.0/16'])
  })

  test('compares a hardware address only where one is wanted', () => {
    const observed = { ...anchor, hardwareAddress: '02:00:00:00:00:01' }
    expect(diff(state(anchor), [observed])).toEqual([])
    expect(lines(diff(state({ ...anchor, hardwareAddress: '02:00:00:00:00:02' }), [observed]))).toEqual([
      '~ link damask0',
    ])
  })

  test('a link that somebody took down is changed', () => {
    expect(lines(diff(state(anchor), [{ ...anchor, isDown: true }]))).toEqual(['~ link damask0'])
  })

  test('never takes a sysctl back', () => {
    expect(diff(state(), [sysctl({ key: 'net/ipv4/ip_forward', value: '1', because: [] })])).toEqual([])
  })

  test('leaves out devices and peers whose key is not known yet', () => {
    const unknown = { ...peer(), publicKey: missingKey('gcp-1') }
    expect(lines(diff(state(tunnel, { ...device, publicKey: missingKey('aws-1') }, unknown), [tunnel]))).toEqual([])
  })

  test('does not make a lost pod link, nor what stands on it', () => {
    const pod = link({ name: 'dmk01234567', type: { kind: 'veth' }, mtuBytes: 1420, because })
    const toPod = route({
      table: TABLE,
      to: parsePrefix('10.4.1.2/32'),
      target: { kind: 'link', link: pod.name },
      because,
    })
    expect(diff(state(pod, toPod), [])).toEqual([])
    expect(lines(diff(state(pod, toPod), [pod]))).toEqual(['+ route 218 10.4.1.2/32'])
  })

  test('a pod link with another MTU is changed, and one of a pod that is gone is removed', () => {
    const pod = link({ name: 'dmk01234567', type: { kind: 'veth' }, mtuBytes: 1420, because })
    expect(lines(diff(state(pod), [{ ...pod, mtuBytes: 1500 }]))).toEqual(['~ link dmk01234567'])
    expect(lines(diff(state(), [pod]))).toEqual(['- link dmk01234567'])
  })
})

describe('what goes with a link', () => {
  test('needs no removal of its own', () => {
    const observed = [tunnel, device, peer(), hop, group, overGroup, anchor]
    expect(lines(diff(state(anchor), observed))).toEqual(['- link damask-t1'])
  })

  test('but a group that keeps a member does, and a route that goes elsewhere stays', () => {
    const other = nextHop({ id: 0xda000002, link: 'damask0', because })
    const both = { ...group, members: [hop.id, other.id] }
    const moved = { ...overGroup, target: { kind: 'next-hop-object', id: other.id } as const }
    expect(lines(diff(state(anchor, other, moved), [anchor, tunnel, hop, other, both, overGroup]))).toEqual([
      '~ route 218 10.2.0.0/16',
      '- next-hop-group 3661627393',
      '- link damask-t1',
    ])
  })

  test('is made again with a link that has to change its type', () => {
    const wrong: Entry = { ...tunnel, type: { kind: 'dummy' } }
    const desired = state(anchor, tunnel, device, peer(), hop, group, overGroup)
    expect(lines(diff(desired, [anchor, wrong, hop, group, overGroup]))).toEqual([
      '- link damask-t1',
      '+ link damask-t1',
      '+ wireguard-device damask-t1',
      `+ wireguard-peer damask-t1 ${publicKey(1)}`,
      '+ next-hop 3657433089',
      '+ next-hop-group 3661627393',
      '+ route 218 10.2.0.0/16',
    ])
  })

  test('the last IPv4 address of a link goes before the routes over the link are made, since it would take them along', () => {
    const four = interfaceAddress({ link: 'damask0', address: parseAddress('10.4.1.1'), because })
    const over = route({ ...overGroup, target: { kind: 'link', link: 'damask0' } })
    expect(lines(diff(state(anchor, over), [anchor, four, over]))).toEqual([
      '- address damask0 10.4.1.1',
      '+ route 218 10.2.0.0/16',
    ])
    const another = { ...four, address: parseAddress('10.4.1.2') }
    expect(lines(diff(state(anchor, another, over), [anchor, four, over]))).toEqual([
      '+ address damask0 10.4.1.2',
      '- address damask0 10.4.1.1',
    ])
  })

  const [local, another] = [parseAddress('192.0.2.1'), parseAddress('192.0.2.9')]
  const vxlan = { kind: 'vxlan', networkIdentifier: 218, port: 8472, local } as const
  const ipip = { kind: 'ipip', local, mark: 0x1000 } as const
  test.each([
    ['vxlan', 'port', vxlan, { ...vxlan, port: 4789 }],
    ['vxlan', 'identifier', vxlan, { ...vxlan, networkIdentifier: 1 }],
    ['vxlan', 'address', vxlan, { ...vxlan, local: another }],
    ['ipip', 'address', ipip, { ...ipip, local: another }],
    ['ipip', 'mark', ipip, { ...ipip, mark: 0 }],
  ])('a device of %s with another %s is made anew, with the routes over it', (_, __, type, before) => {
    const wanted = link({ name: 'damask-x', type, mtuBytes: 1450, because })
    const hops = [{ via: parseAddress('192.0.2.2'), link: wanted.name, onlink: true }] as const
    const over = route({ ...overGroup, target: { kind: 'via', hops } })
    expect(lines(diff(state(wanted, over), [{ ...wanted, type: before }, over]))).toEqual([
      '- link damask-x',
      '+ link damask-x',
      '+ route 218 10.2.0.0/16',
    ])
  })

  test('an id that turns from a group into a next hop is removed first, and its routes are made again', () => {
    const single = nextHop({ id: group.id, link: 'damask-t1', because })
    expect(lines(diff(state(tunnel, single, overGroup), [tunnel, hop, group, overGroup]))).toEqual([
      '- next-hop-group 3661627393',
      '+ next-hop 3661627393',
      '+ route 218 10.2.0.0/16',
      '- next-hop 3657433089',
    ])
  })
})

describe('the endpoint of a WireGuard peer', () => {
  const wanted = peer({ endpoint: endpoint(11) })
  const roamed = peer({ endpoint: endpoint(99) })

  test('is no drift where the peer has roamed', () => {
    expect(diff(state(tunnel, wanted), [tunnel, roamed])).toEqual([])
    expect(diff(state(tunnel, wanted), [tunnel, roamed], { previous: state(tunnel, wanted) })).toEqual([])
    expect(diff(state(tunnel, peer()), [tunnel, roamed])).toEqual([])
  })

  test('is not in the update of something else', () => {
    const changed = peer({ endpoint: endpoint(11), keepaliveSeconds: 0 })
    const [update] = diff(state(tunnel, changed), [tunnel, roamed], { previous: state(tunnel, wanted) })
    expect(update).toEqual({ op: 'update', entry: peer({ keepaliveSeconds: 0 }), observed: roamed })
  })

  test('is written where the wish itself has changed', () => {
    const changed = peer({ endpoint: endpoint(12) })
    for (const previous of [state(wanted), state(peer())])
      expect(diff(state(tunnel, changed), [tunnel, roamed], { previous })).toEqual([
        { op: 'update', entry: changed, observed: roamed },
      ])
  })

  test('is left alone where the previous state did not know the peer', () => {
    expect(diff(state(tunnel, wanted), [tunnel, roamed], { previous: state(tunnel) })).toEqual([])
  })

  test('is written where the peer has none, and where it is created', () => {
    expect(diff(state(tunnel, wanted), [tunnel, peer()])).toEqual([{ op: 'update', entry: wanted, observed: peer() }])
    expect(diff(state(tunnel, wanted), [tunnel])).toEqual([{ op: 'create', entry: wanted }])
  })
})

test('10,000 routes and 1,000 peers are compared in a few milliseconds', async () => {
  const routes = Array.from({ length: 10_000 }, (_, n) => ({
    ...overGroup,
    to: parsePrefix(`10.${n >> 8}.${n & 255}.0/24`),
  }))
  const peers = Array.from({ length: 1_000 }, (_, n) =>
    peer({
      publicKey: `${n}`.padStart(43, 'A') as WireguardPeer['publicKey'],
      allowedIps: [parsePrefix(`11.${n >> 8}.${n & 255}.0/24`)],
    }),
  )
  const desired = state(tunnel, device, hop, group, ...peers, ...routes)
  const observed = observedOf(desired)
  for (let warmUp = 0; warmUp < 5; warmUp++) diff(desired, observed)
  expect(diff(desired, observed)).toEqual([])
  expect(await processorMilliseconds(() => diff(desired, observed))).toBeLessThan(150) // about 10
})
