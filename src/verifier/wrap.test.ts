// Into an encapsulation: which entry is at fault where it fails, and what the outer packet is.
import { describe, expect, test } from 'vitest'
import { type Entry, formatAddress, MAIN_TABLE, parseAddress, parsePrefix, route, TABLE } from '../model/index.ts'
import { broken, type Fault, outcome, smallWorld, traceIn } from './small-world.fixture.ts'
import type { UnderlayHost } from './underlay.ts'

const verdictOf = (fault: Fault, from = 'a3', to = 'a1') => traceIn(broken(smallWorld(), fault), from, to).verdict
const without = (kind: Entry['kind']): Fault => ({ entry: (entry) => (entry.kind === kind ? undefined : entry) })
const led = (link: string) =>
  route({ table: TABLE, to: parsePrefix('10.42.1.9/32'), target: { kind: 'link', link }, because: [] })

describe('at fault', () => {
  test('is the device that leads nowhere, or has no key', () => {
    expect(verdictOf({ add: { a3: [led('damask0')] } })).toMatchObject({ entry: { kind: 'link', name: 'damask0' } })
    expect(verdictOf(without('wireguard-device'), 'a1', 'b1')).toMatchObject({
      kind: 'dropped',
      reason: 'damask-t1 of a1 has no key',
      entry: { kind: 'link', name: 'damask-t1' },
    })
  })

  test('is the device of WireGuard where no peer has the address, the peer where there is no session', () => {
    expect(verdictOf(without('wireguard-peer'), 'a1', 'b1')).toMatchObject({
      reason: 'no peer of damask-t1 on a1 has 10.42.4.9 among its allowed IPs',
      entry: { kind: 'wireguard-device', link: 'damask-t1' },
    })
    const closed: Fault = {
      entry: (entry, node) => (node === 'b1' && entry.kind === 'wireguard-peer' ? undefined : entry),
    }
    expect(verdictOf(closed, 'a1', 'b1')).toMatchObject({ entry: { kind: 'wireguard-peer', publicKey: '?b1' } })
  })

  test('is the next hop that has no neighbour, the neighbour that has no forwarding entry', () => {
    expect(verdictOf(without('neighbour'))).toMatchObject({ entry: { kind: 'next-hop', link: 'damask-vx' } })
    expect(verdictOf(without('fdb'))).toMatchObject({ entry: { kind: 'neighbour', link: 'damask-vx' } })
  })

  test('is the device that would send to its own machine, or into itself', () => {
    const home = parseAddress('172.31.0.13')
    const turned: Fault = { entry: (entry) => (entry.kind === 'fdb' ? { ...entry, remote: home } : entry) }
    expect(verdictOf(turned)).toMatchObject({ entry: { kind: 'link', name: 'damask-vx' } })
  })
})

test('of several peers the one with the longest allowed IP is chosen', () => {
  const entry = (one: Entry, node: string): Entry =>
    node === 'a1' && one.kind === 'wireguard-peer' && one.publicKey === '?h'
      ? { ...one, allowedIps: [...one.allowedIps, parsePrefix('10.42.5.9/32')] }
      : one
  const { forth } = traceIn(broken(smallWorld(), { entry }), 'a1', 'b2')
  expect(forth[0]?.hops[0]?.steps.find(({ kind }) => kind === 'peer')?.entry).toMatchObject({ publicKey: '?h' })
})

test('a hop says what each encapsulation adds, and between which ends it goes', () => {
  const wraps = (from: string, to: string, fabric: 'vxlan' | 'ipip' = 'vxlan') =>
    traceIn(broken(smallWorld({ fabric }), {}), from, to).forth[0]?.hops[0]?.wraps
  const [inner, outer] = ['172.31.0.13', '172.31.0.11'].map((text) => parseAddress(text))
  const end = (address: typeof inner, port: number) => ({ address, port })
  expect(wraps('a3', 'a1')).toEqual([
    { kind: 'vxlan', link: 'damask-vx', from: end(inner, 8472), to: end(outer, 8472), addedBytes: 50 },
  ])
  expect(wraps('a3', 'a1', 'ipip')).toMatchObject([
    { kind: 'ipip', from: end(inner, 0), to: end(outer, 0), addedBytes: 20 },
  ])
  // 84 bytes are filled up to 96.
  expect(wraps('a1', 'b1')).toEqual([
    {
      kind: 'wireguard',
      link: 'damask-t1',
      from: end(outer, 51820),
      to: end(parseAddress('203.0.113.4'), 51820),
      addedBytes: 72,
    },
  ])
})

test('marks do not travel: who forwards an outer packet asks all of its own rules', () => {
  const to = parsePrefix('203.0.113.0/24')
  const through: Fault['underlay'] & {} = (underlay) => {
    const host = underlay.hosts.get('a1') as UnderlayHost
    const changed = { ...host, routes: [{ to, via: parseAddress('172.31.0.12') }] }
    return { ...underlay, hosts: new Map([...underlay.hosts, ['a1', changed]]) }
  }
  const refusing = route({ table: TABLE, to, target: { kind: 'unreachable' }, because: [] })
  expect(outcome(traceIn(broken(smallWorld(), { underlay: through }), 'a1', 'b1'))).toBe('delivered')
  expect(outcome(traceIn(broken(smallWorld(), { underlay: through, add: { a2: [refusing] } }), 'a1', 'b1'))).toMatch(
    /from a1 to 203\.0\.113\.4:51820: the route says that it is unreachable/,
  )
})

test('what one device sends may go into another, which splits it where it is narrower', () => {
  const world = smallWorld()
  const hop = broken(world, {})
    .states.find(({ node }) => node === 'a1')
    ?.parts.flat()
    .find((entry) => entry.kind === 'next-hop' && entry.via !== undefined && formatAddress(entry.via).endsWith(':c'))
  const target = { kind: 'next-hop-object', id: hop?.kind === 'next-hop' ? hop.id : 0 } as const
  const to = parsePrefix('203.0.113.4/32')
  const source = parseAddress('172.31.0.11')
  const onTop = route({ table: MAIN_TABLE, to, target, source, because: [] })
  const wide: Fault['underlay'] & {} = (underlay) => ({
    ...underlay,
    hosts: new Map([...underlay.hosts].map(([name, one]) => [name, { ...one, mtuBytes: 9000 }])),
    networks: new Map([...underlay.networks].map(([name, one]) => [name, { ...one, mtuBytes: 9000 }])),
  })
  const plan = broken(world, { add: { a1: [onTop] }, underlay: wide })
  const trace = traceIn(plan, 'a1', 'b1')
  expect(outcome(trace)).toBe('delivered')
  expect(trace.forth[0]?.isSplit).toBe(false)
  expect(traceIn(plan, 'a1', 'b1', { sizeBytes: 1400 }).forth[0]).toMatchObject({
    verdict: { kind: 'delivered' },
    isSplit: true,
  })
  expect(trace.forth[0]?.hops.map(({ node, wraps }) => [node, ...wraps.map(({ link }) => link)])).toEqual([
    ['a1', 'damask-t1', 'damask-vx'],
    ['a2'],
    ['b1'],
  ])
})
