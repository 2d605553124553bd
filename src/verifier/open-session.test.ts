import { describe, expect, test } from 'vitest'
import { type Entry, type PublicKey, parseAddress, type WireguardPeer } from '../model/index.ts'
import { broken, type Fault, outcome, smallWorld, traceIn } from './small-world.fixture.ts'
import type { Underlay, Uplink } from './underlay.ts'

const uplinkOf =
  (change: Partial<Uplink>, ...names: string[]) =>
  (underlay: Underlay): Underlay => ({
    ...underlay,
    networks: new Map(
      [...underlay.networks].map(([name, one]) => [
        name,
        names.includes(name) && one.uplink ? { ...one, uplink: { ...one.uplink, ...change } } : one,
      ]),
    ),
  })
const CLOSED = { fromInternet: { rules: [], otherwise: 'drop' as const } }
const forgetting = (timeoutSeconds: number): Partial<Uplink> => ({
  nat: { kind: 'masquerade', outside: [parseAddress('198.51.100.1')], forwards: [], isLetIn: true, timeoutSeconds },
})
const peers =
  (change: (peer: WireguardPeer, node: string) => Partial<WireguardPeer> | undefined) =>
  (entry: Entry, node: string): Entry =>
    entry.kind === 'wireguard-peer' ? { ...entry, ...change(entry, node) } : entry
const isOf = ({ publicKey }: WireguardPeer, name: string) => publicKey === `?${name}`
const trace = (fault: Fault, from = 'a1', to = 'h') => traceIn(broken(smallWorld(), fault), from, to)

describe('who is behind NAT begins', () => {
  const warned =
    'only h can begin the session with a1; its NAT forgets after 24 s, and it keeps the session alive every 25 s'

  test('and keeps the session alive more often than its NAT forgets', () => {
    expect(outcome(trace({ underlay: uplinkOf(forgetting(25), 'home') }))).toBe('delivered')
    expect(outcome(trace({ underlay: uplinkOf(forgetting(24), 'home') }))).toBe(`dropped at a1: ${warned}`)
  })

  test('its packets come from where the NAT shows it', () => {
    const { forth } = trace({ underlay: uplinkOf(forgetting(30), 'home') })
    expect(forth[0]?.hops[0]?.wraps[0]?.to).toMatchObject({ address: parseAddress('198.51.100.1') })
  })
})

describe('a firewall that lets none begin', () => {
  const quiet = peers((_, node) => (node === 'b1' ? { keepaliveSeconds: 0 } : {}))
  const said = 'neither a1 nor b1 lets the other begin: their session lasts while both speak'
  const both = uplinkOf(CLOSED, 'a', 'b')

  test('on both sides: each lets the other in by what it sends itself, kept alive by either', () => {
    expect(trace({ underlay: both, entry: quiet }, 'a1', 'b1').forth[0]?.warnings).toEqual([said])
    for (const one of ['a1', 'b1']) {
      const kept = peers((_, node) => (node === one ? { keepaliveSeconds: 25 } : { keepaliveSeconds: 0 }))
      expect(trace({ underlay: both, entry: kept }, 'a1', 'b1').forth[0]?.warnings).toEqual([])
    }
  })

  test('not where one sends elsewhere, or from another port', () => {
    const moved = (change: Partial<NonNullable<WireguardPeer['endpoint']>>) =>
      peers((peer, node) =>
        node === 'b1' && isOf(peer, 'a1') && peer.endpoint ? { endpoint: { ...peer.endpoint, ...change } } : {},
      )
    for (const entry of [moved({ address: parseAddress('203.0.113.2') }), moved({ port: 1 })])
      expect(outcome(trace({ underlay: both, entry }, 'a1', 'b1'))).toMatch(/^dropped at a1: no session with peer/)
  })

  test('not where one has nothing to say: no keepalive, and no route by the tunnel', () => {
    const silent = (entry: Entry, node: string): Entry | undefined =>
      node === 'b1' && (entry.kind === 'route' || entry.kind === 'rule') ? undefined : quiet(entry, node)
    expect(outcome(trace({ underlay: both, entry: silent }, 'a1', 'b1'))).toMatch(
      /^dropped at a1: no session with peer .*; and b1 cannot begin either: from b1 to 203\.0\.113\.1:51820: the firewall of a/,
    )
    expect(outcome(trace({ underlay: uplinkOf(CLOSED, 'b'), entry: silent }, 'a1', 'b1'))).toMatch(
      /b1 could begin, and has no route by which it would$/,
    )
  })
})

describe('no session', () => {
  const a1 = (change: Partial<WireguardPeer>) =>
    peers((peer, node) => (node === 'a1' && isOf(peer, 'b1') ? change : undefined))

  test('with an endpoint where no machine is, or where nothing listens', () => {
    const gone = (entry: Entry, node: string) =>
      node === 'b1' && entry.kind === 'wireguard-peer' && isOf(entry, 'a1') ? undefined : entry
    const at = (host: string, port: number) =>
      outcome(
        trace(
          { entry: (entry, node) => gone(a1({ endpoint: { address: parseAddress(host), port } })(entry, node), node) },
          'a1',
          'b1',
        ),
      )
    expect(at('9.9.9.9', 51820)).toMatch(
      /: nobody in a > internet has that address; its machine does not know our key$/,
    )
    expect(at('203.0.113.4', 999)).toMatch(
      /nothing of ours listens at port 999 of b1; its machine does not know our key$/,
    )
    expect(at('203.0.113.2', 51820)).toMatch(/: nothing of ours listens at port 51820 of a2; its/)
  })

  test('with a key that nobody has', () => {
    expect(outcome(trace({ entry: a1({ publicKey: 'nobody has it' as PublicKey }) }, 'a1', 'b1'))).toMatch(
      /^dropped at a1: no session with peer nobody h: damask-t1 of b1 has another key; no machine has this key$/,
    )
  })
})
