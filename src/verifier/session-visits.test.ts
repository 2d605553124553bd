// Which machines a session hangs on: a proof takes over what other machines' changes cannot touch.
import { describe, expect, test } from 'vitest'
import { type Entry, parseAddress, parsePrefix, route, TABLE, type WireguardPeer } from '../model/index.ts'
import { broken, type Fault, outcome, smallWorld, traceIn } from './small-world.fixture.ts'

const onPeer =
  (node: string, peer: string, change: (entry: WireguardPeer) => Partial<WireguardPeer>) =>
  (entry: Entry, at: string): Entry =>
    at === node && entry.kind === 'wireguard-peer' && entry.publicKey === `?${peer}`
      ? { ...entry, ...change(entry) }
      : entry

test('the machines by which a session was opened are met again by everyone who takes it', () => {
  // a1 asks a2, where nobody has that key; b1 begins instead.
  const endpoint = { address: parseAddress('203.0.113.2'), port: 51820 }
  const { network, world, ...plan } = broken(smallWorld(), { entry: onPeer('a1', 'b1', () => ({ endpoint })) })
  const visitedBy = (from: string, to: string) => {
    network.visits.current = new Set()
    expect(outcome(traceIn({ network, world, ...plan }, from, to))).toBe('delivered')
    return [...network.visits.current].sort()
  }
  expect(visitedBy('a1', 'b1')).toEqual(['a1', 'a2', 'b1'])
  expect(visitedBy('a1', 'b1')).toEqual(['a1', 'a2', 'b1'])
  expect(visitedBy('b1', 'h')).toEqual(['b1', 'h'])
})

describe('a session hangs on more than who was met', () => {
  const isEntangled = (fault: Fault, from = 'a1', to = 'b1') => {
    const plan = broken(smallWorld(), fault)
    traceIn(plan, from, to)
    return plan.network.visits.isEntangled
  }

  test('not where one side is told the endpoint of the other, and it answers', () => {
    expect(isEntangled({})).toBe(false)
  })

  test('not where a keepalive makes the far side begin, but where a route of it does', () => {
    expect(isEntangled({}, 'a1', 'h')).toBe(false)
    expect(isEntangled({ entry: onPeer('h', 'a1', () => ({ keepaliveSeconds: 0 })) }, 'a1', 'h')).toBe(true)
  })

  test('where it is asked for while it is being opened', () => {
    const to = parsePrefix('203.0.113.4/32')
    const led = route({ table: TABLE, to, target: { kind: 'link', link: 'damask-t1' }, because: [] })
    const unmarked = (entry: Entry, node: string): Entry =>
      node === 'a1' && entry.kind === 'wireguard-device' ? { ...entry, mark: 0 } : entry
    const kept = onPeer('b1', 'a1', () => ({ keepaliveSeconds: 25 }))
    const inside = onPeer('a1', 'b1', ({ allowedIps }) => ({ allowedIps: [...allowedIps, to] }))
    const entry = (one: Entry, node: string): Entry => kept(inside(unmarked(one, node), node), node)
    expect(isEntangled({ entry: kept })).toBe(false)
    expect(isEntangled({ entry, add: { a1: [led] } })).toBe(true)
  })
})
