// Entries that no plan has, and a running machine may.
import { describe, expect, test } from 'vitest'
import {
  type Entry,
  type Family,
  filterTable,
  type Link,
  type NodeState,
  parseAddress,
  parsePrefix,
  type RouteTarget,
  route,
  rule,
  TABLE,
} from '../model/index.ts'
import { bareNode, packetTo } from './bare-node.fixture.ts'
import { planOf } from './example-plan.fixture.ts'
import { isNewFlow } from './packet.ts'
import { lossOnPodLink } from './pod-link.ts'
import { broken, type Fault, outcome, type SmallWorld, smallWorld, traceIn } from './small-world.fixture.ts'
import { sourceAddress } from './source-address.ts'
import type { UnderlayHost } from './underlay.ts'
import { walk } from './walk.ts'

const led = (to: string, target: RouteTarget): Fault => ({
  add: { a3: [route({ table: TABLE, to: parsePrefix(to), target, because: [] })] },
})
const to = (fault: Fault, world: SmallWorld = {}, family: Family = 4) =>
  outcome(traceIn(broken(smallWorld(world), fault), 'a3', 'a1', { family }))
const POD = '10.42.1.9/32'
const hostOf = (name: string, change: (host: UnderlayHost) => UnderlayHost): Fault => ({
  underlay: (underlay) => {
    const host = underlay.hosts.get(name)
    return host ? { ...underlay, hosts: new Map([...underlay.hosts, [name, change(host)]]) } : underlay
  },
})

describe('a route by a link', () => {
  test('of ours that is not there', () => {
    for (const link of ['damask-gone', 'dmkgone'])
      expect(to(led(POD, { kind: 'link', link }))).toBe(`dropped at a3: a3 has no link ${link}`)
  })

  test('that is a dummy', () => {
    expect(to(led(POD, { kind: 'link', link: 'damask0' }))).toBe('dropped at a3: damask0 leads nowhere')
  })

  test('of vxlan, without a next hop: the destination has no neighbour', () => {
    const trace = traceIn(broken(smallWorld(), led(POD, { kind: 'link', link: 'damask-vx' })), 'a3', 'a1')
    expect(trace.verdict).toMatchObject({
      reason: 'a3 has no neighbour 10.42.1.9 on damask-vx',
      entry: { kind: 'link', name: 'damask-vx' },
    })
  })

  test('of the underlay, to a next hop that nobody has', () => {
    const hops = [{ via: parseAddress('172.31.0.99'), link: 'eth0' }]
    const bare = (entry: Entry) => (entry.kind === 'filter-table' ? undefined : entry)
    expect(to({ ...led(POD, { kind: 'via', hops }), entry: bare })).toBe(
      "dropped at a3: nobody on the wire of a3 has the next hop's address",
    )
  })

  test('of IPIP, with a packet of IPv6, or without a next hop of IPv4', () => {
    const reason = 'dropped at a3: damask-ipip carries IPv4 alone, to a next hop that the route names'
    const link = ipipName()
    const said = reason.replace('damask-ipip', link)
    const six = parsePrefix('fd42:42:0:1::9/128')
    const via = (address: string) => ({ kind: 'via', hops: [{ via: parseAddress(address), link }] }) as const
    const add = (prefix: typeof six, target: RouteTarget): Fault => ({
      add: { a3: [route({ table: TABLE, to: prefix, target, because: [] })] },
    })
    expect(to(add(six, via('172.31.0.11')), { fabric: 'ipip' }, 6)).toBe(said)
    const refused = traceIn(broken(smallWorld({ fabric: 'ipip' }), add(parsePrefix(POD), via('fe80::1'))), 'a3', 'a1')
    expect(refused.verdict).toMatchObject({ entry: { kind: 'link', name: link } })
    expect(to(add(parsePrefix(POD), via('fe80::1')), { fabric: 'ipip' })).toBe(said)
    expect(to(add(parsePrefix(POD), { kind: 'link', link }), { fabric: 'ipip' })).toBe(said)
    expect(to(add(parsePrefix(POD), via('172.31.0.11')), { fabric: 'ipip' })).toBe('delivered')
  })
})

function ipipName(): string {
  const entries = planOf(smallWorld({ fabric: 'ipip' })).states.flatMap(({ parts }) => parts.flat())
  return entries.find((entry): entry is Link => entry.kind === 'link' && entry.type.kind === 'ipip')?.name ?? ''
}

describe('a forwarding entry of vxlan', () => {
  const remote = (address: string): Fault => ({
    entry: (entry, node) =>
      node === 'a3' && entry.kind === 'fdb' ? { ...entry, remote: parseAddress(address) } : entry,
  })

  test('that leads to the machine itself', () => {
    expect(to(remote('172.31.0.13'))).toBe('dropped at a3: damask-vx of a3 would send to the machine itself')
  })

  test('or over the internet', () => {
    expect(to(remote('9.9.9.9'))).toBe('leaked at a3: it crosses a > internet in the clear')
  })

  test('or to an address of the network that nobody has', () => {
    expect(to(remote('172.31.0.99'))).toBe('dropped at a3: nobody in a has that address')
  })
})

describe('a machine', () => {
  test('without a device for IPIP takes none', () => {
    const entry = (one: Entry, node: string) =>
      node === 'a1' && one.kind === 'link' && one.type.kind === 'ipip' ? undefined : one
    expect(to({ entry }, { fabric: 'ipip' })).toBe('dropped at a1: a1 has no device that takes IPIP')
  })

  test('whose state nobody has seen is where a packet ends', () => {
    const { network } = planOf(smallWorld(), { states: (all) => all.filter(({ node }) => node !== 'a1') })
    const ends = { source: parseAddress('172.31.0.13'), destination: parseAddress('172.31.0.11') }
    const packet = { ...ends, family: 4, protocol: 'icmp', sizeBytes: 84, mark: 0 } as const
    const branches = walk(network, { node: 'a3', from: 'host' }, packet)
    expect(branches.map(({ verdict }) => verdict)).toEqual([{ kind: 'delivered', to: { kind: 'host', node: 'a1' } }])
    expect(branches[0]?.hops.at(-1)?.crossing).toMatchObject({ networks: ['a'] })
  })

  test('whose tunnel leads to its own endpoint never opens it', () => {
    const endless = led('203.0.113.4/32', { kind: 'link', link: 'damask-t1' }).add?.a3 ?? []
    const entry = (one: Entry, node: string): Entry => {
      if (node !== 'a1') return one
      if (one.kind === 'wireguard-device') return { ...one, mark: 0 }
      return one.kind === 'wireguard-peer' && one.publicKey === '?b1'
        ? { ...one, allowedIps: [...one.allowedIps, parsePrefix('203.0.113.4/32')] }
        : one
    }
    const said = outcome(traceIn(broken(smallWorld(), { entry, add: { a1: endless } }), 'a1', 'b1'))
    expect(said).toMatch(/its endpoint is reached only through itself|goes into damask-t1 again/)
  })

  test('looks up what it forwards by no rule for what it sends itself', () => {
    const ownTo = parsePrefix('10.42.4.0/23')
    const add = {
      a1: [
        rule({ family: 4, preference: 1, table: 77, ownTo, because: [] }),
        route({ table: 77, to: ownTo, target: { kind: 'unreachable' }, because: [] }),
      ],
    }
    expect(traceIn(broken(smallWorld(), { add }), 'a3', 'b2').forth[0]?.verdict.kind).toBe('delivered')
    const from = { kind: 'host', node: 'a1' } as const
    expect(outcome(traceIn(broken(smallWorld(), { add }), 'a1', 'b2', { from }))).toMatch(/unreachable/)
  })

  test('splits no packet of IPIP: what is too large is refused', () => {
    const narrow: Fault = {
      underlay: (underlay) => ({
        ...underlay,
        networks: new Map([...underlay.networks].map(([name, one]) => [name, { ...one, mtuBytes: 1400 }])),
      }),
    }
    const trace = traceIn(broken(smallWorld({ fabric: 'ipip' }), narrow), 'a3', 'a1', { sizeBytes: 1440 })
    expect(outcome(trace)).toBe('too-big at a3 above 1380')
  })

  const filtering = (node: string, name: string): Fault => ({
    add: {
      [node]: [
        filterTable({
          name: 'other',
          sets: [],
          chains: [
            {
              name: 'c',
              type: 'filter',
              hook: 'prerouting',
              priority: 0,
              rules: [{ when: [{ kind: 'link', direction: 'in', name }], verdict: { kind: 'drop' }, comment: 'x' }],
            },
          ],
          because: [],
        }),
      ],
    },
  })

  test('filters by the link that a packet came in by: pods and networks behind have none here', () => {
    expect(to(filtering('a1', 'damask-vx'))).toBe('dropped at a1: the filter drops it (c: x)')
    expect(traceIn(broken(smallWorld(), filtering('a1', 'damask-vx')), 'a3', 'a1').verdict).toMatchObject({
      entry: { kind: 'filter-table', name: 'other' },
    })
    expect(to(filtering('a1', 'damask-t1'))).toBe('delivered')
    expect(to(filtering('a3', 'pod'))).toBe('delivered')
    const plan = broken(smallWorld(), filtering('a3', 'behind'))
    const from = { kind: 'behind', node: 'a3', address: parseAddress('10.42.3.9') } as const
    expect(traceIn(plan, 'a3', 'a1', { from }).forth[0]?.verdict.kind).toBe('delivered')
  })

  test('puts no port into the outer packets of vxlan but the one that all send to', () => {
    const input = { rules: [{ verdict: 'drop' as const, protocol: 'udp' as const }], otherwise: 'accept' as const }
    const [stopped] = traceIn(
      broken(
        smallWorld(),
        hostOf('a1', (host) => ({ ...host, input })),
      ),
      'a3',
      'a1',
    ).forth
    expect(stopped?.packet).toMatchObject({ destinationPort: 8472, payload: { kind: 'vxlan' } })
    expect(stopped?.packet).not.toHaveProperty('sourcePort')
  })

  test('takes the address of the link for what goes by it', () => {
    const d1: Link = { kind: 'link', name: 'd1', type: { kind: 'dummy' }, mtuBytes: 1440, because: [] }
    const address: Entry = { kind: 'address', link: 'd1', address: parseAddress('10.42.3.5'), because: [] }
    const lookup = { kind: 'ways', ways: [{ link: 'd1', steps: [] }], steps: [] } as const
    expect(sourceAddress(bareNode([d1, address]), lookup, 4)).toEqual(parseAddress('10.42.3.5'))
    const source = parseAddress('10.42.3.77')
    expect(sourceAddress(bareNode([d1, address]), { ...lookup, source }, 4)).toEqual(source)
  })

  test('asks NAT for flows that it has not seen', () => {
    const answer = { node: 'a', address: parseAddress('10.0.0.1'), translations: [], trackedBy: new Set(['a']) }
    expect(isNewFlow('a', packetTo('10.0.0.1'))).toBe(true)
    expect(isNewFlow('a', packetTo('10.0.0.1', { answer }))).toBe(false)
    expect(isNewFlow('b', packetTo('10.0.0.1', { answer }))).toBe(true)
  })

  test('that cannot answer has no session with who begins', () => {
    const mute = hostOf('b1', (host) => ({ ...host, defaultRoutes: [] }))
    const unchecked = (entry: Entry) => (entry.kind === 'sysctl' ? undefined : entry)
    expect(outcome(traceIn(broken(smallWorld(), { ...mute, entry: unchecked }), 'a1', 'b1'))).toMatch(
      /answers from b1 do not come back: no route leads there/,
    )
  })

  test('without an address of a family has none to speak by', () => {
    const states = (all: readonly NodeState[]) =>
      all.map((state): NodeState => {
        const { 6: _, ...gatewayAddresses } = state.gatewayAddresses
        const isSix = (entry: Entry) => entry.kind === 'address' && entry.address.family === 6
        const sourceless = (entry: Entry): Entry => {
          if (entry.kind !== 'route') return entry
          const { source: _, ...rest } = entry
          return rest
        }
        const parts = state.parts.map((part) => part.filter((entry) => !isSix(entry)).map(sourceless))
        return { ...state, gatewayAddresses, parts }
      })
    const from = { kind: 'host', node: 'a3' } as const
    expect(outcome(traceIn(planOf(smallWorld(), { states }), 'a3', 'a1', { from, family: 6 }))).toBe(
      'dropped at a3: a3 has no IPv6 address to speak by',
    )
  })

  test('is as wide as its network where nobody said more', () => {
    const plan = broken(
      smallWorld(),
      hostOf('a3', ({ mtuBytes: _, ...host }) => host),
    )
    expect(plan.network.nodeNamed('a3')?.mtuBytes).toEqual({ 4: 1500, 6: 1500 })
    expect(plan.network.nodeNamed('x')).toBeUndefined()
    expect(plan.network.devicesOf('?nobody' as Parameters<typeof plan.network.devicesOf>[0])).toEqual([])
  })
})

describe('the link of a pod', () => {
  const link = (name: string, more: Partial<Link> = {}): Link => ({
    kind: 'link',
    name,
    type: { kind: 'veth' },
    mtuBytes: 1440,
    because: [],
    ...more,
  })
  const toPod = (name: string) =>
    route({ table: TABLE, to: parsePrefix('10.42.3.9/32'), target: { kind: 'link', link: name }, because: [] })
  const loss = (sizeBytes: number, ...entries: Entry[]) =>
    lossOnPodLink(bareNode(entries), packetTo('9.9.9.9', { sizeBytes }))?.verdict

  test('that is down is the last that a packet saw', () => {
    const down = link('dmk1', { isDown: true })
    const trace = traceIn(broken(smallWorld(), { add: { a3: [down, toPod('dmk1')] } }), 'a3', 'a1')
    expect(outcome(trace)).toBe('dropped at a3: dmk1, by which the pod is reached, is down')
    expect(trace.forth[0]?.hops[0]?.steps).toEqual([{ kind: 'device', entry: down }])
  })

  test('is none of what comes from a network behind the machine', () => {
    const down = link('dmk1', { isDown: true })
    const plan = broken(smallWorld(), { add: { a3: [down] } })
    const from = (kind: 'pod' | 'behind') => ({ kind, node: 'a3', address: parseAddress('10.42.3.9') })
    expect(traceIn(plan, 'a3', 'a1', { from: from('behind') }).forth[0]?.verdict.kind).toBe('delivered')
    expect(traceIn(plan, 'a3', 'a1', { from: from('pod') }).forth[0]?.verdict.kind).toBe('dropped')
  })

  test('takes four bytes more than its MTU', () => {
    expect(loss(1444, link('dmk1'), toPod('dmk1'))).toBeUndefined()
    expect(loss(1445, link('dmk1'), toPod('dmk1'))).toMatchObject({ kind: 'lost-at-size', mtuBytes: 1440 })
    expect(loss(1445, link('dmk1'))).toBeUndefined()
    expect(loss(1445, link('dmk1', { type: { kind: 'dummy' } }), toPod('dmk1'))).toBeUndefined()
  })

  test('is the one that a neighbour is on, or the route leads to, or the one that is down', () => {
    const neighbour: Entry = {
      kind: 'neighbour',
      link: 'dmk2',
      address: parseAddress('10.42.3.9'),
      hardwareAddress: '02:00:00:00:00:01',
      because: [],
    }
    const two = [link('dmk1'), link('dmk2', { mtuBytes: 1000 })]
    expect(loss(1200, ...two, neighbour)).toMatchObject({ mtuBytes: 1000 })
    expect(loss(1200, ...two, toPod('dmk2'))).toMatchObject({ mtuBytes: 1000 })
    expect(loss(1200, ...two, toPod('dmk1'))).toBeUndefined()
    expect(loss(84, link('dmk1'), link('dmk3', { isDown: true }))).toMatchObject({
      kind: 'dropped',
      reason: 'dmk3, by which the pod is reached, is down',
    })
  })
})
