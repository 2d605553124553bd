// What a trace and its sessions say besides the verdict.
import { describe, expect, test } from 'vitest'
import { type Entry, MAIN_TABLE, parseAddress, parsePrefix, route } from '../model/index.ts'
import { bareNode, packetTo } from './bare-node.fixture.ts'
import { planOf } from './example-plan.fixture.ts'
import { lookUp } from './lookup.ts'
import { broken, type Fault, outcome, smallWorld, traceIn } from './small-world.fixture.ts'
import type { UnderlayHost } from './underlay.ts'

const hostOf = (name: string, change: Partial<UnderlayHost>): Fault => ({
  underlay: (underlay) => {
    const host = underlay.hosts.get(name)
    return host ? { ...underlay, hosts: new Map([...underlay.hosts, [name, { ...host, ...change }]]) } : underlay
  },
})
const OUTSIDE = { kind: 'outside', address: parseAddress('9.9.9.9') } as const
const fromHost = { kind: 'host', node: 'a3' } as const

describe('a hop', () => {
  test('says by which link and next hop the packet left', () => {
    const via = parseAddress('172.31.0.12')
    const plan = broken(smallWorld(), hostOf('a3', { routes: [{ to: parsePrefix('9.9.9.0/24'), via }] }))
    expect(traceIn(plan, 'a3', 'a3', { to: OUTSIDE }).forth[0]?.hops[0]?.out).toEqual({ link: '$NIC', via })
    const plain = traceIn(planOf(smallWorld()), 'a3', 'a3', { to: OUTSIDE })
    expect(plain.forth[0]?.hops[0]?.out).toEqual({ link: '$NIC' })
  })

  test('ends with the entry that dropped the packet, also where it did nothing before', () => {
    const off = (key: string) => (entry: Entry, node: string) =>
      node === 'a1' && entry.kind === 'sysctl' && entry.key === key ? { ...entry, value: '0' } : entry
    const stepsOf = (key: string, family: 4 | 6) => {
      const trace = traceIn(broken(smallWorld(), { entry: off(key) }), 'a3', 'b2', { family })
      expect(outcome(trace)).toBe('dropped at a1: a1 does not forward')
      return trace.forth[0]?.hops.at(-1)?.steps.at(-1)
    }
    expect(stepsOf('net/ipv4/ip_forward', 4)).toMatchObject({ kind: 'setting', entry: { value: '0' } })
    expect(stepsOf('net/ipv6/conf/all/forwarding', 6)).toMatchObject({ kind: 'setting', entry: { value: '0' } })
  })

  test('says each entry once: the one that stopped the packet too', () => {
    const trace = traceIn(broken(smallWorld(), { entry: (one) => (one.kind === 'fdb' ? undefined : one) }), 'a3', 'a1')
    const neighbours = trace.forth[0]?.hops[0]?.steps.filter(({ kind }) => kind === 'neighbour')
    expect(neighbours).toHaveLength(1)
  })

  test('has the route of the main table among its steps', () => {
    const target = { kind: 'link', link: 'l' } as const
    const entries = [route({ table: MAIN_TABLE, to: parsePrefix('10.0.0.0/8'), target, because: [] })]
    const found = lookUp(bareNode(entries), packetTo('10.1.1.1'), parseAddress('10.1.1.1'), false)
    expect(found.steps.map(({ kind }) => kind)).toEqual(['route'])
  })
})

describe('a flow', () => {
  test('is tracked where it is made and where it arrives, not where transit is stateless', () => {
    const [branch] = traceIn(planOf(smallWorld()), 'a3', 'b2', { from: fromHost }).forth
    expect([...(branch?.trackedBy ?? [])].sort()).toEqual(['a3', 'b2'])
  })

  test('of a machine itself is not asked by what it lets others forward', () => {
    const closed = hostOf('a3', { forward: { rules: [], otherwise: 'drop' } })
    expect(outcome(traceIn(broken(smallWorld(), closed), 'a3', 'a1', { from: fromHost }))).toBe('delivered')
    expect(outcome(traceIn(broken(smallWorld(), closed), 'a3', 'a1'))).toBe(
      'dropped at a3: a filter on a3 does not let ICMP through',
    )
  })

  test('without ports is answered without ports', () => {
    const [answer] = traceIn(planOf(smallWorld()), 'a3', 'b2').back
    expect(answer?.packet).not.toHaveProperty('sourcePort')
    expect(answer?.packet).not.toHaveProperty('destinationPort')
  })

  test('to a neighbour of the private network is answered there, also where its addresses are hidden from others', () => {
    const plan = planOf(smallWorld({ network: { joinPrivateAddresses: true } }))
    const to = { kind: 'outside', address: parseAddress('172.31.0.200') } as const
    expect(outcome(traceIn(plan, 'a3', 'a3', { from: fromHost, to }))).toBe('delivered')
  })
})

describe('a session', () => {
  const closed = (...names: string[]): Fault => ({
    underlay: (underlay) => ({
      ...underlay,
      networks: new Map(
        [...underlay.networks].map(([name, one]) => [
          name,
          names.includes(name) && one.uplink
            ? { ...one, uplink: { ...one.uplink, fromInternet: { rules: [], otherwise: 'drop' } } }
            : one,
        ]),
      ),
    }),
  })
  const sessionOf = (to: string, fault: Fault = {}) => {
    const plan = broken(smallWorld(), fault)
    traceIn(plan, 'a1', to)
    return plan.network.sessions.get(`a1 damask-t1 ?${to}`)
  }

  test('says who it is with and who began', () => {
    expect(sessionOf('b1')).toMatchObject({ to: { node: 'b1', link: 'damask-t1' }, isOpenedByPeer: false })
    expect(sessionOf('h')).toMatchObject({ to: { node: 'h', link: 'damask-t1' }, isOpenedByPeer: true })
    expect(sessionOf('b1', closed('a', 'b'))).toMatchObject({
      to: { node: 'b1', link: 'damask-t1' },
      isOpenedByPeer: false,
    })
  })

  test('that the peer began is answered from where it asked', () => {
    expect(sessionOf('h')).toMatchObject({
      answer: {
        node: 'h',
        asked: { address: parseAddress('203.0.113.1'), port: 51820 },
        trackedBy: new Set(['a1']),
      },
    })
  })
})
