import { describe, expect, test } from 'vitest'
import { type Entry, parseAddress, parsePrefix } from '../model/index.ts'
import { planOf } from './example-plan.fixture.ts'
import { broken, outcome, smallWorld, traceIn } from './small-world.fixture.ts'
import type { traceProbe } from './trace.ts'
import type { Uplink } from './underlay.ts'
import { walk } from './walk.ts'

const OUTSIDE = { kind: 'outside', address: parseAddress('9.9.9.9') } as const
const plan = planOf(smallWorld())

describe('what arrives elsewhere has not arrived', () => {
  test.each([
    [{ kind: 'host', node: 'a1' }, 'a pod of b2, and not at a1'],
    [{ kind: 'pod', node: 'a1' }, 'a pod of b2, and not at a pod of a1'],
    [{ kind: 'behind', node: 'b2' }, 'a pod of b2, and not at the network behind b2'],
    [{ kind: 'outside' }, 'a pod of b2, and not at an address outside'],
  ] as const)('%j', (end, said) => {
    const to = { ...end, address: parseAddress('10.42.5.9') } as Parameters<typeof traceProbe>[1]['to']
    expect(outcome(traceIn(plan, 'a3', 'b2', { to }))).toBe(`dropped at b2: it arrives at ${said}`)
  })

  test('nor what leaves the network though it was for a machine', () => {
    const to = { ...OUTSIDE, kind: 'host', node: 'b2' } as const
    expect(outcome(traceIn(plan, 'a3', 'b2', { to }))).toBe(
      'dropped at a3: it arrives at an address outside, and not at b2',
    )
  })

  test('nor what a machine of the private network takes that is none of ours', () => {
    const to = { kind: 'host', node: 'b2', address: parseAddress('172.31.0.200') } as const
    expect(outcome(traceIn(plan, 'a3', 'b2', { to }))).toBe('dropped at a3: it arrives at network a, and not at b2')
    const anybody = { kind: 'outside', address: parseAddress('172.31.0.200') } as const
    expect(traceIn(plan, 'a3', 'b2', { to: anybody }).forth[0]?.verdict).toEqual({
      kind: 'delivered',
      to: { kind: 'neighbourhood', network: 'a' },
    })
  })
})

describe('what is asked', () => {
  test('the size of a ping unless said, and ports where the protocol has them', () => {
    const packetOf = (more: Parameters<typeof traceIn>[3]) => traceIn(plan, 'a3', 'b2', more).forth[0]?.packet
    expect(packetOf({})).toMatchObject({ sizeBytes: 84 })
    expect(packetOf({ family: 6 })).toMatchObject({ sizeBytes: 104 })
    expect(packetOf({ port: 80 })).not.toHaveProperty('destinationPort')
    expect(packetOf({})).not.toHaveProperty('sourcePort')
    expect(packetOf({ protocol: 'tcp', port: 80 })).toMatchObject({ sourcePort: 40_000, destinationPort: 80 })
    expect(packetOf({ protocol: 'udp' })).not.toHaveProperty('destinationPort')
  })

  test('the answer comes back from where it was asked to where it came from', () => {
    const [answer] = traceIn(plan, 'a3', 'b2', { protocol: 'tcp', port: 80 }).back
    expect(answer?.packet).toMatchObject({
      source: parseAddress('10.42.5.9'),
      destination: parseAddress('10.42.3.9'),
      sourcePort: 80,
      destinationPort: 40_000,
    })
  })

  test('ways that end alike are answered once, by each tunnel of the gateway', () => {
    const two = traceIn(planOf(smallWorld({ gatewaysPerSite: 2 })), 'a3', 'b1')
    expect(two.forth.length).toBe(4)
    expect(two.back.length).toBe(2)
  })

  test('a node without a state, or a pod without an address, cannot be walked from', () => {
    const packet = { family: 4, destination: OUTSIDE.address, protocol: 'icmp', sizeBytes: 84, mark: 0 } as const
    expect(() => walk(plan.network, { node: 'x', from: 'host' }, packet)).toThrow('cannot walk from x: no NodeState')
    expect(() => walk(plan.network, { node: 'a1', from: 'pod' }, packet)).toThrow('a pod of a1 needs a source address')
  })
})

describe('answers from outside', () => {
  const plain = (entry: Entry) => (entry.kind === 'filter-table' ? undefined : entry)
  const natless = {
    underlay: (underlay: typeof plan.underlay) => {
      const network = underlay.networks.get('a')
      const uplink: Uplink | undefined = network?.uplink && { ...network.uplink, nat: { kind: 'none' } }
      return network && uplink
        ? { ...underlay, networks: new Map([...underlay.networks, ['a', { ...network, uplink }]]) }
        : underlay
    },
  }

  test('nobody brings one back to a pod whose machine put no address of its own in', () => {
    const trace = traceIn(broken(smallWorld(), { entry: plain }), 'a3', 'a3', { to: OUTSIDE })
    expect(outcome(trace)).toBe(
      'answer dropped at a3: nobody brings the answer for 10.42.3.9 back to a3, which put no address of its own in',
    )
  })

  test('a machine that speaks by a private address without NAT may be answered only by its public one', () => {
    const world = smallWorld({ network: { joinPrivateAddresses: true } })
    const from = { kind: 'host', node: 'a3' } as const
    expect(outcome(traceIn(plan, 'a3', 'a3', { from, to: OUTSIDE }))).toBe('delivered')
    const bare = traceIn(broken(world, natless), 'a3', 'a3', { from, to: OUTSIDE })
    expect(bare.verdict.kind).toBe('delivered')
  })

  test('one comes back to any address of a machine that has several', () => {
    const second = { address: parseAddress('172.31.1.13'), length: 24 }
    const underlay = (given: typeof plan.underlay) => {
      const host = given.hosts.get('a3')
      const addresses = host ? [...host.addresses, second] : []
      return host ? { ...given, hosts: new Map([...given.hosts, ['a3', { ...host, addresses }]]) } : given
    }
    for (const address of [undefined, second.address]) {
      const from = { kind: 'host', node: 'a3', ...(address && { address }) } as const
      expect(outcome(traceIn(broken(smallWorld(), { underlay }), 'a3', 'a3', { from, to: OUTSIDE }))).toBe('delivered')
    }
  })

  test('one of a machine of ours comes from the public address that was asked', () => {
    const from = { kind: 'host', node: 'a3' } as const
    const to = { kind: 'host', node: 'b1', address: parseAddress('203.0.113.4') } as const
    const trace = traceIn(plan, 'a3', 'b1', { from, to })
    expect(outcome(trace)).toBe('delivered')
    expect(trace.back[0]?.packet.source).toEqual(to.address)
  })

  test('what is behind a machine is delivered there', () => {
    const world = smallWorld()
    const nodes = new Map(
      [...world.nodes].map(([name, node]) => [
        name,
        name === 'b1' ? { ...node, offeredPrefixes: [parsePrefix('10.200.0.0/16')] } : node,
      ]),
    )
    const to = { kind: 'behind', node: 'b1', address: parseAddress('10.200.0.7') } as const
    expect(outcome(traceIn(planOf({ ...world, nodes }), 'a3', 'b1', { to }))).toBe('delivered')
  })
})
