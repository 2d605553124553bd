// What a lost packet is put down to: in the same words for all that are lost for it, on either side.
import { describe, expect, test } from 'vitest'
import { type Entry, type PublicKey, parseAddress, parsePrefix, route, TABLE } from '../model/index.ts'
import { planOf } from './example-plan.fixture.ts'
import { causesOf } from './session-causes.ts'
import { broken, closed, type Fault, isPeer, smallWorld, traceIn } from './small-world.fixture.ts'
import type { Underlay } from './underlay.ts'

function causes(fault: Fault, from: string, to: string): readonly string[] {
  const { verdict } = traceIn(broken(smallWorld(), fault), from, to)
  return verdict.kind === 'dropped' ? (verdict.causes ?? []).map(({ kind, text }) => `${kind}: ${text}`) : []
}

const on =
  (name: string, change: (entry: Entry) => Entry | undefined) =>
  (entry: Entry, node: string): Entry | undefined =>
    node === name ? change(entry) : entry

describe('what is lost is put down to', () => {
  test('the closed port, from either side', () => {
    const port = 'network: the firewall of a does not let UDP port 51820 through'
    const none = 'endpoint: neither side of a tunnel has an endpoint of the other'
    expect(causes({ underlay: closed('a') }, 'a1', 'h')).toEqual([none, port])
    expect(causes({ underlay: closed('a') }, 'h', 'a1')).toEqual([port, none])
  })

  test('the device that lacks a peer, both for what goes there and for what comes from it', () => {
    const lacking = 'machine: damask-t1 of a1 lacks a peer, or a prefix among the allowed IPs of one'
    const fault = { entry: on('a1', (entry) => (isPeer(entry, 'b1') ? undefined : entry)) }
    expect(causes(fault, 'a1', 'b1')).toEqual([
      expect.stringMatching(/^machine: no peer of damask-t1 on a1 has \S+ among its allowed IPs$/),
      lacking,
    ])
    expect(causes(fault, 'b1', 'a1')).toEqual([
      'machine: damask-t1 of a1 does not know the key of b1',
      'key: b1 has another key than others know',
      lacking,
    ])
  })

  test('the same where a prefix alone is missing', () => {
    const fewer = (entry: Entry): Entry => (isPeer(entry, 'b1') ? { ...entry, allowedIps: [] } : entry)
    expect(causes({ entry: on('a1', fewer) }, 'b1', 'a1')).toEqual([
      expect.stringMatching(/^machine: damask-t1 of a1 accepts nothing from this peer, and not /),
      'machine: damask-t1 of a1 lacks a peer, or a prefix among the allowed IPs of one',
    ])
  })

  test('a key that its machine does not have', () => {
    const other = (entry: Entry): Entry => (isPeer(entry, 'b1') ? { ...entry, publicKey: 'wrong' as PublicKey } : entry)
    expect(causes({ entry: on('a1', other) }, 'a1', 'b1')).toEqual([
      'machine: damask-t1 of b1 has another key',
      'key: b1 has another key than others know',
      'key: no machine has the key of peer wrong',
    ])
  })

  test('who alone could begin and keeps nothing alive', () => {
    const quiet = (entry: Entry): Entry => (isPeer(entry, 'a1') ? { ...entry, keepaliveSeconds: 0 } : entry)
    expect(causes({ entry: on('h', quiet) }, 'a1', 'h')).toEqual([
      'machine: h alone can begin its sessions, and does not keep them alive',
    ])
  })

  test('an endpoint that is reached through the tunnel alone, whose session it waits for', () => {
    const to = parsePrefix('203.0.113.4/32')
    const add = { a1: [route({ table: TABLE, to, target: { kind: 'link', link: 'damask-t1' }, because: [] })] }
    const entry = on('a1', (one) => {
      if (one.kind === 'wireguard-device') return { ...one, mark: 0 }
      return isPeer(one, 'b1') ? { ...one, allowedIps: [...one.allowedIps, to] } : one
    })
    expect(causes({ entry, add, underlay: closed('a') }, 'a1', 'b1')).toEqual([
      'machine: its endpoint is reached only through itself',
      'network: the firewall of a does not let UDP port 51820 through',
    ])
  })

  test('a peer that could begin, and has no route by which it would', () => {
    const silent = on('b1', (one) => {
      if (one.kind === 'route' || one.kind === 'rule') return undefined
      return one.kind === 'wireguard-peer' ? { ...one, keepaliveSeconds: 0 } : one
    })
    expect(causes({ entry: silent, underlay: closed('b') }, 'a1', 'b1')).toEqual([
      'network: the firewall of b does not let UDP port 51820 through',
      'machine: b1 could begin, and has no route by which it would',
    ])
  })

  test('a peer that speaks to another device of the machine', () => {
    const port = 51829
    const second = planOf(smallWorld())
      .states.filter(({ node }) => node === 'a1')
      .flatMap(({ parts }) => parts.flat())
      .flatMap((entry): Entry[] => {
        if (entry.kind === 'link' && entry.name === 'damask-t1') return [{ ...entry, name: 'damask-t9' }]
        if (entry.kind === 'wireguard-device') return [{ ...entry, link: 'damask-t9', listenPort: port }]
        return entry.kind === 'wireguard-peer' ? [{ ...entry, link: 'damask-t9' }] : []
      })
    const entry = on('b1', (one) =>
      isPeer(one, 'a1') ? { ...one, endpoint: { address: parseAddress('203.0.113.1'), port } } : one,
    )
    expect(causes({ entry, add: { a1: second }, underlay: closed('b') }, 'a1', 'b1')).toEqual([
      'network: the firewall of b does not let UDP port 51820 through',
      'machine: b1 speaks to another device of a1',
    ])
  })

  test('what the network below does with a packet that is not encrypted', () => {
    const checked = (underlay: Underlay): Underlay => {
      const network = underlay.networks.get('a')
      return network === undefined
        ? underlay
        : { ...underlay, networks: new Map(underlay.networks).set('a', { ...network, sourceCheck: true }) }
    }
    const { verdict } = traceIn(broken(smallWorld({ fabric: 'direct' }), { underlay: checked }), 'a3', 'a1')
    expect(verdict).toMatchObject({
      causes: [{ kind: 'network', text: "the source check of a drops what does not come from a3's own address" }],
    })
  })
})

test('what a narrower last wire loses is lost without a word', () => {
  const narrow = (underlay: Underlay): Underlay => {
    const host = underlay.hosts.get('b1')
    return host === undefined
      ? underlay
      : { ...underlay, hosts: new Map(underlay.hosts).set('b1', { ...host, mtuBytes: 1400 }) }
  }
  const network = broken(smallWorld(), { underlay: narrow })
  const most = Math.min(...traceIn(network, 'a1', 'b1').forth.map(({ lostAboveBytes }) => lostAboveBytes))
  expect(traceIn(network, 'a1', 'b1', { sizeBytes: most }).verdict.kind).toBe('delivered')
  expect(traceIn(network, 'a1', 'b1', { sizeBytes: most + 1 }).verdict.kind).toBe('lost-at-size')
})

test('a handshake that was stopped is put down to what its verdict says: its causes, else where and why', () => {
  const network = { kind: 'network', text: 'the firewall of a does not let UDP through' } as const
  const reason = 'no route leads there'
  expect(causesOf({ kind: 'dropped', node: 'a1', reason, causes: [network] })).toEqual([network])
  expect(causesOf({ kind: 'dropped', node: 'a1', reason })).toEqual([{ kind: 'machine', text: `a1: ${reason}` }])
  expect(causesOf({ kind: 'too-big', node: 'a1', mtuBytes: 100 })).toEqual([{ kind: 'machine', text: 'a1: too-big' }])
  expect(causesOf({ kind: 'delivered', to: { kind: 'outside' } })).toEqual([
    { kind: 'machine', text: 'answers arrive elsewhere' },
  ])
})
