import { describe, expect, test } from 'vitest'
import {
  type Entry,
  MAIN_TABLE,
  type PublicKey,
  parseAddress,
  parsePrefix,
  route,
  TABLE,
  type WireguardPeer,
} from '../model/index.ts'
import { planOf } from './example-plan.fixture.ts'
import { broken, type Fault, outcome, smallWorld, traceIn } from './small-world.fixture.ts'
import type { Underlay, UnderlayHost, Uplink } from './underlay.ts'

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

describe('who was heard from', () => {
  const wrong = peers((peer, node) => {
    if (node === 'b1') return { keepaliveSeconds: 0 }
    return node === 'a1' && isOf(peer, 'b1') && peer.endpoint ? { endpoint: { ...peer.endpoint, port: 999 } } : {}
  })

  test('is found there again, whatever its endpoint was said to be, and whether it goes on to speak or not', () => {
    const plan = broken(smallWorld(), { entry: wrong })
    expect(traceIn(plan, 'a1', 'b1').forth[0]?.warnings).toEqual([])
    const session = plan.network.sessions.get('a1 damask-t1 ?b1')
    expect(session).toMatchObject({ kind: 'up', isOpenedByPeer: true, endpoint: { port: 51820 } })
    expect(session).not.toHaveProperty('answer')
  })

  test('past a firewall of its own, is not forgotten where nothing translates', () => {
    const input = { rules: [{ verdict: 'drop' as const, protocol: 'udp' as const }], otherwise: 'accept' as const }
    const alone = (underlay: Underlay): Underlay => {
      const host = underlay.hosts.get('a3')
      const networks = [...underlay.networks].map(([name, { uplink: _, ...one }]) => [name, one] as const)
      return {
        ...underlay,
        networks: new Map(networks),
        hosts: host ? new Map([...underlay.hosts, ['a3', { ...host, input }]]) : underlay.hosts,
      }
    }
    const kept = peers(() => ({ keepaliveSeconds: 25 }))
    const plan = broken(smallWorld({ fabric: 'wireguard' }), { underlay: alone, entry: kept })
    const found = traceIn(plan, 'a1', 'a3')
    expect(outcome(found)).toBe('delivered')
    expect(found.forth[0]?.warnings).toEqual([])
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

  test('not where one is seen by another of its addresses than the other sends to', () => {
    const twice = (name: 'a' | 'b', node: string, first: string, second: string, inside: string) => {
      const of = (outside: string) => ({ node, outside: parseAddress(outside), inside: parseAddress(inside) })
      return uplinkOf({ nat: { kind: 'one-to-one', translations: [of(first), of(second)] } }, name)
    }
    const sound = (underlay: Underlay) =>
      twice(
        'a',
        'a1',
        '203.0.113.1',
        '203.0.113.101',
        '172.31.0.11',
      )(twice('b', 'b1', '203.0.113.4', '203.0.113.104', '10.128.0.11')(both(underlay)))
    const sending = (node: string, to: string) =>
      peers((peer, at) =>
        at === node && ['a1', 'b1'].some((name) => isOf(peer, name)) && peer.endpoint
          ? { endpoint: { ...peer.endpoint, address: parseAddress(to) } }
          : {},
      )
    expect(outcome(trace({ underlay: sound }, 'a1', 'b1'))).toBe('delivered')
    for (const entry of [sending('b1', '203.0.113.101'), sending('a1', '203.0.113.104')])
      expect(outcome(trace({ underlay: sound, entry }, 'a1', 'b1'))).toMatch(/^dropped at a1: no session with peer/)
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

  test('a route to any one of its prefixes by the tunnel is something to say, one by another link is none', () => {
    const closed = uplinkOf(CLOSED, 'b')
    const to = parsePrefix('10.42.1.0/32')
    const one = route({ table: TABLE, to, target: { kind: 'unreachable' }, because: [] })
    expect(outcome(trace({ underlay: closed, entry: quiet, add: { b1: [one] } }, 'a1', 'b1'))).toBe('delivered')
    const silent = (entry: Entry, node: string): Entry | undefined =>
      node === 'b1' && (entry.kind === 'route' || entry.kind === 'rule') ? undefined : quiet(entry, node)
    const range = parsePrefix('10.42.0.0/16')
    const other = route({ table: MAIN_TABLE, to: range, target: { kind: 'link', link: 'damask0' }, because: [] })
    expect(outcome(trace({ underlay: closed, entry: silent, add: { b1: [other] } }, 'a1', 'b1'))).toMatch(
      /b1 could begin, and has no route by which it would$/,
    )
  })
})

describe('two devices of one key', () => {
  const closed = uplinkOf(CLOSED, 'b')
  const tunnelOf = (change: (entry: Entry) => Entry): Entry[] =>
    planOf(smallWorld())
      .states.filter(({ node }) => node === 'a1')
      .flatMap(({ parts }) => parts.flat())
      .flatMap((entry) => {
        const isOfTunnel =
          (entry.kind === 'link' && entry.name === 'damask-t1') ||
          entry.kind === 'wireguard-device' ||
          entry.kind === 'wireguard-peer'
        return isOfTunnel ? [change(entry)] : []
      })
  const beganAt = (host: string, port: number) =>
    peers((peer, node) =>
      node === 'b1' && isOf(peer, 'a1') ? { endpoint: { address: parseAddress(host), port } } : undefined,
    )
  const another = /^dropped at a1: no session with peer .*; b1 speaks to another device$/

  test('on two machines: the peer begins with the one that it knows the endpoint of', () => {
    const add = { a2: tunnelOf((entry) => entry) }
    expect(outcome(trace({ underlay: closed, add }, 'a1', 'b1'))).toBe('delivered')
    expect(outcome(trace({ underlay: closed, add, entry: beganAt('203.0.113.2', 51820) }, 'a1', 'b1'))).toMatch(another)
  })

  test('on one machine, too', () => {
    const second = tunnelOf((entry) => {
      if (entry.kind === 'link') return { ...entry, name: 'damask-t9' }
      if (entry.kind === 'wireguard-device') return { ...entry, link: 'damask-t9', listenPort: 51829 }
      return entry.kind === 'wireguard-peer' ? { ...entry, link: 'damask-t9' } : entry
    })
    expect(
      outcome(trace({ underlay: closed, add: { a1: second }, entry: beganAt('203.0.113.1', 51829) }, 'a1', 'b1')),
    ).toMatch(another)
  })
})

test('a session is worked out once', () => {
  const plan = broken(smallWorld(), {})
  traceIn(plan, 'a1', 'b1')
  const session = plan.network.sessions.get('a1 damask-t1 ?b1')
  expect(session).toMatchObject({ kind: 'up' })
  traceIn(plan, 'a1', 'b1')
  expect(plan.network.sessions.get('a1 damask-t1 ?b1')).toBe(session)
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

  const onHost =
    (name: string, change: Partial<UnderlayHost>) =>
    (underlay: Underlay): Underlay => {
      const host = underlay.hosts.get(name)
      return host ? { ...underlay, hosts: new Map([...underlay.hosts, [name, { ...host, ...change }]]) } : underlay
    }

  test('where answers go elsewhere: into a network behind, or to a machine that has the same address', () => {
    const behind = onHost('b1', { behind: [parsePrefix('203.0.113.1/32')] })
    expect(outcome(trace({ underlay: behind }, 'a1', 'b1'))).toMatch(
      /answers from b1 do not come back: they arrive elsewhere; and b1 cannot begin either: no machine of the network is/,
    )
    const twin = onHost('a3', { addresses: [{ address: parseAddress('172.31.0.12'), length: 24 }] })
    const plan = broken(smallWorld({ fabric: 'wireguard' }), { underlay: twin })
    expect(outcome(traceIn(plan, 'a3', 'a1'))).toMatch(/answers from a1 do not come back: they arrive elsewhere/)
  })

  test('with an endpoint in a network behind the machine itself', () => {
    const behind = onHost('a1', { behind: [parsePrefix('10.200.0.0/16')] })
    const gone = (entry: Entry, node: string) =>
      node === 'b1' && entry.kind === 'wireguard-peer' && isOf(entry, 'a1') ? undefined : entry
    const moved = a1({ endpoint: { address: parseAddress('10.200.0.7'), port: 51820 } })
    const entry = (one: Entry, node: string) => gone(moved(one, node), node)
    expect(outcome(trace({ underlay: behind, entry }, 'a1', 'b1'))).toMatch(
      /: no machine of the network is at 10\.200\.0\.7:51820; its machine does not know our key$/,
    )
  })

  test('with a key that nobody has', () => {
    expect(outcome(trace({ entry: a1({ publicKey: 'nobody has it' as PublicKey }) }, 'a1', 'b1'))).toMatch(
      /^dropped at a1: no session with peer nobody h: damask-t1 of b1 has another key; no machine has this key$/,
    )
  })
})
