// Out of a machine: sizes, filters and translation on the last steps, and what the machine has beside Damask.
import { describe, expect, test } from 'vitest'
import {
  type Address,
  type Entry,
  type FilterChain,
  type FilterCondition,
  type FilterVerdict,
  filterTable,
  MAIN_TABLE,
  type NodeState,
  nextHop,
  parseAddress,
  parsePrefix,
  route,
  TABLE,
} from '../model/index.ts'
import { planOf } from './example-plan.fixture.ts'
import { broken, type Fault, outcome, smallWorld, traceIn } from './small-world.fixture.ts'
import type { Firewall, UnderlayHost } from './underlay.ts'

const OUTSIDE = { kind: 'outside', address: parseAddress('9.9.9.9') } as const
const onHost = (name: string, change: Partial<UnderlayHost>): Fault => ({
  underlay: (underlay) => {
    const host = underlay.hosts.get(name)
    return host ? { ...underlay, hosts: new Map([...underlay.hosts, [name, { ...host, ...change }]]) } : underlay
  },
})
const filtering = (
  chain: Pick<FilterChain, 'hook'> & Partial<FilterChain>,
  verdict: FilterVerdict,
  ...when: readonly FilterCondition[]
): Entry =>
  filterTable({
    name: 'other',
    sets: [],
    chains: [{ name: 'c', type: 'filter', priority: -500, rules: [{ when, verdict, comment: 'x' }], ...chain }],
    because: [],
  })
const fromHost = { kind: 'host', node: 'a3' } as const

describe('by what a machine has beside Damask', () => {
  test('another plugin brings a packet to the pods of its site, by the machine that has them, whatever its size', () => {
    const plan = planOf(smallWorld({ fabric: 'none' }))
    const [branch] = traceIn(plan, 'a3', 'a2').forth
    expect(branch?.verdict).toEqual({ kind: 'delivered', to: { kind: 'pod', node: 'a2' } })
    expect(branch?.hops.map(({ node, out }) => [node, out])).toEqual([['a3', { link: 'other-plugin' }]])
    expect(outcome(traceIn(plan, 'a3', 'a2', { sizeBytes: 9000 }))).toBe('delivered')
  })

  test('a machine that stands nowhere sends nothing over the underlay', () => {
    const gone: Fault = {
      underlay: (underlay) => ({
        ...underlay,
        hosts: new Map([...underlay.hosts].filter(([name]) => name !== 'a3')),
      }),
    }
    expect(outcome(traceIn(broken(smallWorld(), gone), 'a3', 'a1'))).toBe('dropped at a3: no route leads there')
    const led = route({
      table: MAIN_TABLE,
      to: parsePrefix('172.31.0.0/24'),
      target: { kind: 'link', link: 'eth0' },
      because: [],
    })
    const plan = broken(smallWorld(), { ...gone, add: { a3: [led] } })
    const said = 'dropped at a3: nobody knows in which network a3 stands'
    expect(outcome(traceIn(plan, 'a3', 'a1'))).toBe(said)
    expect(outcome(traceIn(plan, 'a3', 'a1', { from: fromHost }))).toBe(said)
  })
})

describe('the link', () => {
  test('that a hop names is the one of the packet itself, whichever way its outer packet takes', () => {
    const to = parsePrefix('172.31.0.11/32')
    const hops = [{ via: parseAddress('172.31.0.11'), link: '$NIC' }]
    const led = route({ table: MAIN_TABLE, to, target: { kind: 'via', hops }, because: [] })
    const trace = traceIn(broken(smallWorld(), { add: { a3: [led] } }), 'a3', 'a1')
    expect(outcome(trace)).toBe('delivered')
    expect(trace.forth[0]?.hops[0]?.out).toMatchObject({ link: 'damask-vx' })
  })

  test('that is gone is the fault of the next hop that names it', () => {
    const target = { kind: 'next-hop-object', id: 77 } as const
    const led = route({ table: TABLE, to: parsePrefix('10.42.1.9/32'), target, because: [] })
    const hop = nextHop({ id: 77, link: 'damask-gone', because: [] })
    const trace = traceIn(broken(smallWorld(), { add: { a3: [led, hop] } }), 'a3', 'a1')
    expect(trace.verdict).toMatchObject({ reason: 'a3 has no link damask-gone', entry: hop })
  })
})

describe('a size that the link of the underlay does not take', () => {
  const narrow = (mtuBytes: number) => broken(smallWorld(), onHost('a3', { mtuBytes }))

  test('splits what is wrapped for others', () => {
    const [branch] = traceIn(narrow(1400), 'a3', 'a1', { sizeBytes: 1440 }).forth
    expect(branch).toMatchObject({ verdict: { kind: 'delivered' }, isSplit: true })
    expect(traceIn(narrow(1400), 'a3', 'a1', { sizeBytes: 1350 }).forth[0]?.isSplit).toBe(false)
  })

  test('is told to who sends on the machine itself, but no IPv6 believes in less than 1280 bytes', () => {
    const sent = (mtuBytes: number, family: 4 | 6) =>
      traceIn(narrow(mtuBytes), 'a3', 'a1', { from: fromHost, family, sizeBytes: 1400 }).forth[0]?.verdict
    expect(sent(1330, 4)).toMatchObject({ kind: 'too-big', mtuBytes: 1280 })
    expect(sent(1330, 6)).toMatchObject({ kind: 'too-big', mtuBytes: 1280 })
    expect(sent(1329, 4)).toMatchObject({ kind: 'too-big', mtuBytes: 1279 })
    expect(sent(1329, 6)).toMatchObject({ kind: 'delivered' })
  })
})

describe('filters', () => {
  const without = (port: number): Firewall => ({
    rules: [{ verdict: 'drop', protocol: 'udp', port }],
    otherwise: 'accept',
  })
  const ofVxlan = without(8472)
  const link = (direction: 'in' | 'out', name: string): FilterCondition => ({ kind: 'link', direction, name })
  const dropping = (node: string, hook: FilterChain['hook'], ...when: readonly FilterCondition[]) =>
    broken(smallWorld(), { add: { [node]: [filtering({ hook }, { kind: 'drop' }, ...when)] } })

  test('of what a machine sends are asked of outer packets, those of what it forwards are not', () => {
    expect(outcome(traceIn(broken(smallWorld(), onHost('b1', { output: ofVxlan })), 'a3', 'b2'))).toBe(
      'dropped at b1: a filter on b1 does not let UDP port 8472 through',
    )
    expect(outcome(traceIn(broken(smallWorld(), onHost('b1', { forward: ofVxlan })), 'a3', 'b2'))).toBe('delivered')
  })

  test('know by which link a forwarded packet came in: none in front of outer packets, pods, and the machine itself', () => {
    const into = (hook: FilterChain['hook'], out: string) =>
      outcome(traceIn(dropping('b1', hook, link('in', 'damask-t1'), link('out', out)), 'a3', 'b2'))
    const dropped = 'dropped at b1: the packet filter of b1 drops it (c: x)'
    expect([into('forward', 'damask-vx'), into('postrouting', 'damask-vx')]).toEqual([dropped, dropped])
    expect([into('forward', '$NIC'), into('postrouting', '$NIC')]).toEqual(['delivered', 'delivered'])
    for (const hook of ['forward', 'postrouting'] as const) {
      const forth = (name: string, from?: Parameters<typeof traceIn>[3]) =>
        traceIn(dropping('a3', hook, link('in', name)), 'a3', 'a1', from).forth[0]?.verdict.kind
      const address = parseAddress('10.42.3.9')
      expect(forth('pod')).toBe('delivered')
      expect(forth('behind', { from: { kind: 'behind', node: 'a3', address } })).toBe('delivered')
      expect(forth('host', { from: fromHost })).toBe('delivered')
    }
  })
})

describe('translation', () => {
  const seenAs = (add: readonly Entry[]) => {
    const [branch] = traceIn(broken(smallWorld(), { add: { a3: add } }), 'a3', 'a3', { to: OUTSIDE }).forth
    return branch?.hops[0]?.translatedTo
  }

  test('puts in the address that the rule says', () => {
    const to: Address = parseAddress('172.31.0.77')
    expect(seenAs([filtering({ hook: 'postrouting', type: 'nat' }, { kind: 'snat', to })])).toEqual(to)
  })

  test('leaves alone what is not tracked', () => {
    expect(seenAs([])).toEqual(parseAddress('172.31.0.13'))
    expect(seenAs([filtering({ hook: 'prerouting' }, { kind: 'notrack' })])).toBeUndefined()
  })

  test('is asked of outer packets, too: a source check sees what it put in', () => {
    const checked: Fault = {
      underlay: (underlay) => ({
        ...underlay,
        networks: new Map([...underlay.networks].map(([name, one]) => [name, { ...one, sourceCheck: true }])),
      }),
    }
    const snat: FilterVerdict = { kind: 'snat', to: parseAddress('172.31.0.77') }
    const out: FilterCondition = { kind: 'link', direction: 'out', name: '$NIC' }
    const add = { a3: [filtering({ hook: 'postrouting', type: 'nat' }, snat, out)] }
    expect(outcome(traceIn(broken(smallWorld(), { add }), 'a3', 'a1'))).toBe('delivered')
    expect(outcome(traceIn(broken(smallWorld(), { ...checked, add }), 'a3', 'a1'))).toBe(
      "dropped at a3: the source check of a drops what does not come from a3's own address",
    )
  })

  test('has nothing to put in where the machine has no address of the family', () => {
    const states = (all: readonly NodeState[]) =>
      all.map((state): NodeState => {
        const { 6: _, ...gatewayAddresses } = state.gatewayAddresses
        return { ...state, gatewayAddresses }
      })
    const world = smallWorld({ network: { masquerade: [4, 6] } })
    const plan = planOf(world, { states, ...onHost('a3', { defaultRoutes: [4, 6] }) })
    const to = { ...OUTSIDE, address: parseAddress('2620:fe::9') } as const
    expect(traceIn(plan, 'a3', 'a3', { family: 6, to }).verdict).toMatchObject({
      kind: 'dropped',
      reason: 'a3 has no address on $NIC by which to masquerade',
      entry: { kind: 'filter-table' },
    })
  })
})
