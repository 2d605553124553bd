// What a machine does with packets that are for itself, such as nobody of the network would send.
import { describe, expect, test } from 'vitest'
import { type Entry, type PublicKey, parseAddress, parsePrefix } from '../model/index.ts'
import { packetTo } from './bare-node.fixture.ts'
import type { Payload } from './packet.ts'
import { broken, type Fault, outcome, smallWorld, traceIn } from './small-world.fixture.ts'
import { walk } from './walk.ts'

const inner = packetTo('10.42.1.9')
const wireguard = (key: string): Payload => ({
  kind: 'wireguard',
  inner,
  key: `?${key}` as PublicKey,
  deviceMtuBytes: 1440,
})
const arriving = (payload: Payload, destinationPort: number, fault: Fault = {}) => {
  const { network } = broken(smallWorld(), fault)
  const source = parseAddress('172.31.0.200')
  const packet = packetTo('172.31.0.11', { source, protocol: 'udp', sizeBytes: 200, destinationPort, payload })
  return walk(network, { node: 'a1', from: 'behind' }, packet)[0]?.verdict
}

describe('a packet of WireGuard', () => {
  const nobody = (port: number) => ({
    kind: 'dropped',
    node: 'a1',
    reason: `nothing of ours listens at port ${port} of a1`,
  })

  test('of a key that the device does not know', () => {
    expect(arriving(wireguard('nobody'), 51820)).toMatchObject({
      kind: 'dropped',
      reason: "damask-t1 of a1 does not know the sender's key",
      entry: { kind: 'wireguard-device', link: 'damask-t1' },
    })
  })

  test('at a port where nothing listens, or whose device is down or gone', () => {
    const changing = (change: (entry: Extract<Entry, { kind: 'link' }>) => Entry | undefined): Fault => ({
      entry: (entry) => (entry.kind === 'link' && entry.name === 'damask-t1' ? change(entry) : entry),
    })
    expect(arriving(wireguard('b1'), 999)).toEqual(nobody(999))
    expect(
      arriving(
        wireguard('b1'),
        51820,
        changing((link) => ({ ...link, isDown: true })),
      ),
    ).toEqual(nobody(51820))
    expect(
      arriving(
        wireguard('b1'),
        51820,
        changing(() => undefined),
      ),
    ).toEqual(nobody(51820))
  })

  test('from a source that its peer is not accepted with: what is accepted is said, the first four of it', () => {
    const accepting = (...allowed: string[]): string => {
      const allowedIps = allowed.map((text) => parsePrefix(text))
      const entry = (one: Entry, node: string): Entry =>
        node === 'a1' && one.kind === 'wireguard-peer' && one.publicKey === '?b1' ? { ...one, allowedIps } : one
      const said = arriving(wireguard('b1'), 51820, { entry })
      return said !== undefined && 'reason' in said ? said.reason : ''
    }
    expect(accepting()).toBe('damask-t1 of a1 accepts nothing from this peer, and not 10.42.3.9')
    expect(accepting('10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16', '10.4.0.0/16', '10.5.0.0/16')).toBe(
      'damask-t1 of a1 accepts 10.1.0.0/16, 10.2.0.0/16, 10.3.0.0/16, 10.4.0.0/16 from this peer, and not 10.42.3.9',
    )
  })
})

test('a device that is down takes no packet of IPIP', () => {
  const entry = (one: Entry, node: string): Entry =>
    node === 'a1' && one.kind === 'link' && one.type.kind === 'ipip' ? { ...one, isDown: true } : one
  expect(outcome(traceIn(broken(smallWorld({ fabric: 'ipip' }), { entry }), 'a3', 'a1'))).toBe(
    'dropped at a1: a1 has no device that takes IPIP',
  )
})

test('a device of vxlan that nobody gave a hardware address is taken to have the one that frames are for', () => {
  const entry = (one: Entry, node: string): Entry => {
    if (node !== 'a1' || one.kind !== 'link' || one.type.kind !== 'vxlan') return one
    const { hardwareAddress: _, ...unnamed } = one
    return unnamed
  }
  expect(outcome(traceIn(broken(smallWorld(), { entry }), 'a3', 'a1'))).toBe('delivered')
})

test('a device of vxlan takes only frames of its own network, that come to its own port', () => {
  const moved = (change: { readonly networkIdentifier?: number; readonly port?: number }) => {
    const entry = (one: Entry, node: string): Entry =>
      node === 'a1' && one.kind === 'link' && one.type.kind === 'vxlan'
        ? { ...one, type: { ...one.type, ...change } }
        : one
    return outcome(traceIn(broken(smallWorld(), { entry }), 'a3', 'a1'))
  }
  const said = /^dropped at a1: a1 has no vxlan device for network \d+ at port 8472$/
  expect(moved({})).toBe('delivered')
  expect(moved({ port: 8473 })).toMatch(said)
  expect(moved({ networkIdentifier: 7 })).toMatch(said)
})

test('a machine that stands nowhere is reached by its own pods', () => {
  const underlay: Fault['underlay'] & {} = (given) => ({
    ...given,
    hosts: new Map([...given.hosts].filter(([name]) => name !== 'a3')),
  })
  const to = { kind: 'host', node: 'a3', address: parseAddress('10.42.3.1') } as const
  expect(outcome(traceIn(broken(smallWorld(), { underlay }), 'a3', 'a3', { to }))).toBe('delivered')
})
