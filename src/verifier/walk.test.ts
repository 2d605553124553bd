import { describe, expect, test } from 'vitest'
import {
  type Entry,
  formatAddress,
  GUARD_TABLE,
  MAIN_TABLE,
  type NodeState,
  type PublicKey,
  parseAddress,
  parsePrefix,
  route,
  TABLE,
} from '../model/index.ts'
import { packetTo } from './bare-node.fixture.ts'
import { compileNetwork } from './compiled-network.ts'
import { planOf } from './example-plan.fixture.ts'
import { becauseOf, broken, closed, isPeer, outcome, smallWorld, traceIn } from './small-world.fixture.ts'
import type { Underlay, UnderlayHost, UnderlayNetwork } from './underlay.ts'
import { walk } from './walk.ts'

const inNetwork =
  (name: string, change: Partial<UnderlayNetwork>) =>
  (underlay: Underlay): Underlay => {
    const network = underlay.networks.get(name)
    return network
      ? { ...underlay, networks: new Map([...underlay.networks, [name, { ...network, ...change }]]) }
      : underlay
  }
const onHost =
  (name: string, change: Partial<UnderlayHost>) =>
  (underlay: Underlay): Underlay => {
    const host = underlay.hosts.get(name)
    return host ? { ...underlay, hosts: new Map([...underlay.hosts, [name, { ...host, ...change }]]) } : underlay
  }
describe('what a sound plan carries', () => {
  test.each([
    ['vxlan', 4],
    ['vxlan', 6],
    ['direct', 4],
    ['direct', 6],
    ['ipip', 4],
    ['wireguard', 4],
    ['wireguard', 6],
  ] as const)(
    'fabric %s, IPv%s: a pod to one behind the gateways of another site, over fabric, tunnel, fabric',
    (fabric, family) => {
      const trace = traceIn(planOf(smallWorld({ fabric })), 'a3', 'b2', { family })
      expect(outcome(trace)).toBe('delivered')
      expect(
        trace.forth[0]?.hops.map(
          ({ node, crossing }) => `${node} ${crossing?.kind ?? '-'} ${crossing?.isEncrypted ?? '-'}`,
        ),
      ).toEqual([
        `a3 private ${fabric === 'wireguard'}`,
        'a1 public true',
        `b1 private ${fabric === 'wireguard'}`,
        'b2 - -',
      ])
      expect(trace.mtuBytes).toBe(1440)
    },
  )

  test('with two gateways every next hop is followed, there and back', () => {
    const trace = traceIn(planOf(smallWorld({ gatewaysPerSite: 2 })), 'a3', 'b2')
    expect(trace.forth.map(({ hops }) => hops.map(({ node }) => node).join(' '))).toEqual([
      'a3 a1 b1 b2',
      'a3 a1 b2',
      'a3 a2 b1 b2',
      'a3 a2 b2',
    ])
    expect(outcome(trace)).toBe('delivered')
  })

  test('each of several ways takes an equal part of what is sent, at every machine that shares it out', () => {
    const plan = planOf(smallWorld({ gatewaysPerSite: 2 }))
    const partsOf = (from: string, to: string) => traceIn(plan, from, to).forth.map(({ parts }) => parts)
    expect(partsOf('a3', 'b2')).toEqual([4, 4, 4, 4])
    expect(partsOf('a1', 'b2')).toEqual([2, 2])
    expect(partsOf('a3', 'a1')).toEqual([1])
  })

  test('one broken branch of several is enough not to be delivered', () => {
    const plan = broken(smallWorld({ gatewaysPerSite: 2 }), {
      entry: (entry, node) => (node === 'a2' && isPeer(entry, 'b1') ? undefined : entry),
    })
    const trace = traceIn(plan, 'a3', 'b2')
    expect(outcome(trace)).toMatch(/^dropped at a2: no peer of damask-t1 on a2 has 10\.42\.5\.9 among its allowed IPs/)
    expect(trace.forth.map(({ verdict }) => verdict.kind)).toContain('delivered')
  })
})

describe('WireGuard', () => {
  const trace = (entry: (entry: Entry, node: string) => Entry | undefined) =>
    traceIn(broken(smallWorld(), { entry }), 'a3', 'b2')

  test('a peer that is gone at the far side: nobody there knows the key', () => {
    const found = trace((entry, node) => (node === 'b1' && isPeer(entry, 'a1') ? undefined : entry))
    expect(outcome(found)).toMatch(/^dropped at a1: no session .*damask-t1 of b1 does not know the key of a1/)
    expect(becauseOf(found)).toEqual(['Node/b1'])
  })

  test('a prefix that the receiver does not accept from the peer is dropped there', () => {
    const found = trace((entry, node) =>
      node === 'b1' && entry.kind === 'wireguard-peer' && isPeer(entry, 'a1')
        ? {
            ...entry,
            allowedIps: entry.allowedIps.filter((one) => one.family === 6 || one.w0 !== parsePrefix('10.42.2.0/23').w0),
          }
        : entry,
    )
    expect(outcome(found)).toMatch(/^dropped at b1: damask-t1 of b1 accepts .* from this peer, and not 10\.42\.3\.9/)
    expect(becauseOf(found)).toEqual(['Node/a1'])
  })

  test('a device with another key than its peers know', () => {
    const found = trace((entry, node) =>
      node === 'b1' && entry.kind === 'wireguard-device' ? { ...entry, publicKey: 'wrong' as PublicKey } : entry,
    )
    expect(outcome(found)).toMatch(
      /^dropped at a1: no session .*damask-t1 of b1 has another key.*no machine has this key/,
    )
  })

  test('a prefix that no peer has', () => {
    const found = trace((entry, node) =>
      node === 'a1' && entry.kind === 'wireguard-peer' && isPeer(entry, 'b1') ? { ...entry, allowedIps: [] } : entry,
    )
    expect(outcome(found)).toMatch(/^dropped at a1: no peer of damask-t1 on a1 has 10\.42\.5\.9/)
    expect(found.forth[0]?.hops.at(-1)?.steps.at(-1)).toMatchObject({
      kind: 'device',
      entry: { kind: 'wireguard-device' },
    })
  })

  test('who sits behind NAT must keep the session alive', () => {
    const silent = broken(smallWorld(), {
      entry: (entry, node) =>
        node === 'h' && entry.kind === 'wireguard-peer' ? { ...entry, keepaliveSeconds: 0 } : entry,
    })
    expect(outcome(traceIn(planOf(smallWorld()), 'a1', 'h'))).toBe('delivered')
    expect(outcome(traceIn(silent, 'a1', 'h'))).toBe(
      'dropped at a1: only h can begin the session with a1, and it keeps none alive (PersistentKeepalive is off)',
    )
  })

  test('a source that the receiver takes to be another peer is dropped', () => {
    const other = broken(smallWorld(), {
      entry: (entry, node) => {
        if (node !== 'b1' || entry.kind !== 'wireguard-peer') return entry
        const ofA3 = parsePrefix('10.42.3.0/24')
        if (isPeer(entry, 'h')) return { ...entry, allowedIps: [...entry.allowedIps, ofA3] }
        return entry
      },
    })
    expect(outcome(traceIn(other, 'a3', 'b2'))).toMatch(/^dropped at b1: damask-t1 of b1 accepts/)
    expect(outcome(traceIn(other, 'a1', 'b2'))).toBe('delivered')
  })

  test('its own packets skip the routes of the network by their mark; without it they go round in the tunnel', () => {
    const to = parsePrefix('203.0.113.4/32')
    const add = { a1: [route({ table: TABLE, to, target: { kind: 'link', link: 'damask-t1' }, because: [] })] }
    expect(outcome(traceIn(broken(smallWorld(), { add }), 'a1', 'b1'))).toBe('delivered')
    const unmarked = broken(smallWorld(), {
      entry: (entry, node) => (node === 'a1' && entry.kind === 'wireguard-device' ? { ...entry, mark: 0 } : entry),
      add,
    })
    expect(outcome(traceIn(unmarked, 'a1', 'b1'))).toMatch(/^(looped|dropped) at a1/)
  })
})

describe('the underlay', () => {
  test('a port closed on one side: the other begins; on both: both begin at once', () => {
    expect(outcome(traceIn(broken(smallWorld(), { underlay: closed('b') }), 'a3', 'b2'))).toBe('delivered')
    expect(traceIn(broken(smallWorld(), { underlay: closed('b') }), 'a3', 'b2').forth[0]?.warnings).toEqual([
      'only b1 can begin the session with a1, and it keeps none alive (PersistentKeepalive is off)',
    ])
    const both = broken(smallWorld(), { underlay: (underlay) => closed('a')(closed('b')(underlay)) })
    expect(outcome(traceIn(both, 'a3', 'b2'))).toBe('delivered')
  })

  test('a port closed to those who are behind NAT cuts them off', () => {
    const plan = broken(smallWorld(), { underlay: closed('a') })
    expect(outcome(traceIn(plan, 'a1', 'h'))).toMatch(
      /^dropped at a1: no session .*the firewall of a does not let UDP port 51820 through/,
    )
  })

  test('a closed port of the machine itself', () => {
    const input = {
      rules: [{ verdict: 'drop' as const, protocol: 'udp' as const, port: 8472, name: 'iptables on a1' }],
      otherwise: 'accept' as const,
    }
    const plan = broken(smallWorld(), { underlay: onHost('a1', { input }) })
    expect(outcome(traceIn(plan, 'a3', 'b2'))).toBe('dropped at a1: iptables on a1 does not let UDP port 8472 through')
  })

  test('IPIP filtered in the private network', () => {
    const inside = { rules: [{ verdict: 'drop' as const, protocol: 'ipip' as const }], otherwise: 'accept' as const }
    const plan = broken(smallWorld({ fabric: 'ipip' }), { underlay: inNetwork('a', { inside }) })
    expect(outcome(traceIn(plan, 'a3', 'a1'))).toBe('dropped at a3: a filter inside a does not let IPIP through')
  })

  test('a source check drops what fabric direct sends, and not what vxlan does', () => {
    const checked = inNetwork('a', { sourceCheck: true })
    expect(outcome(traceIn(broken(smallWorld({ fabric: 'direct' }), { underlay: checked }), 'a3', 'a1'))).toBe(
      "dropped at a3: the source check of a drops what does not come from a3's own address",
    )
    expect(outcome(traceIn(broken(smallWorld(), { underlay: checked }), 'a3', 'a1'))).toBe('delivered')
  })

  test('no way to the internet', () => {
    const plan = broken(smallWorld(), {
      underlay: (underlay) => {
        const { uplink: _, ...network } = underlay.networks.get('b') as UnderlayNetwork
        return { ...underlay, networks: new Map([...underlay.networks, ['b', network]]) }
      },
    })
    expect(outcome(traceIn(plan, 'a3', 'b2'))).toMatch(/^dropped at a1: no session/)
  })
})

describe('sizes', () => {
  test('more than the way takes is refused with a message that says how much', () => {
    expect(outcome(traceIn(planOf(smallWorld()), 'a1', 'b1', { sizeBytes: 1441 }))).toBe('too-big at a1 above 1440')
    expect(outcome(traceIn(planOf(smallWorld()), 'a1', 'b1', { sizeBytes: 1440 }))).toBe('delivered')
  })

  test('WireGuard fills packets up to whole blocks of 16 bytes, where the way is narrower than its device', () => {
    const plan = broken(smallWorld(), {
      underlay: (underlay) => ({ ...underlay, internet: { ...underlay.internet, mtuBytes: 1400 } }),
    })
    expect(traceIn(plan, 'a1', 'b1').mtuBytes).toBe(1328)
  })

  test('a narrower private network splits the outer packets', () => {
    const plan = broken(smallWorld(), { underlay: inNetwork('a', { mtuBytes: 1400 }) })
    const trace = traceIn(plan, 'a3', 'a1', { sizeBytes: 1440 })
    expect(outcome(trace)).toBe('delivered')
    expect(trace.forth[0]?.isSplit).toBe(true)
    expect(trace.mtuBytes).toBe(1350)
  })

  test('where fragments of IPv6 are dropped, large packets are lost without a word', () => {
    const world = smallWorld()
    const six = new Map(
      [...world.nodes].map(
        ([name, node], nth) =>
          [
            name,
            {
              ...node,
              privateAddresses: [{ address: parseAddress(`2001:db8:${nth < 3 ? 1 : nth}::${nth + 1}`), length: 64 }],
            },
          ] as const,
      ),
    )
    const narrow = broken(
      { ...world, nodes: six },
      {
        underlay: (underlay) => inNetwork('a', { mtuBytes: 1400, dropsIpv6Fragments: true })(underlay),
      },
    )
    const passed = traceIn(narrow, 'a3', 'a1', { sizeBytes: 1330 })
    expect(outcome(passed)).toBe('delivered')
    expect(passed.forth[0]?.lostAboveBytes).toBe(1330)
    const lost = traceIn(narrow, 'a3', 'a1', { sizeBytes: 1331 })
    expect(lost.verdict).toMatchObject({ kind: 'lost-at-size', node: 'a3', mtuBytes: 1330 })
    expect(lost.forth[0]?.hops.at(-1)?.crossing).toMatchObject({ networks: ['a'], mtuBytes: 1400 })
  })

  test('IPv6 does not go over a link of less than 1280 bytes', () => {
    const plan = broken(smallWorld(), {
      entry: (entry) => (entry.kind === 'link' && entry.type.kind === 'vxlan' ? { ...entry, mtuBytes: 1279 } : entry),
    })
    expect(outcome(traceIn(plan, 'a3', 'a1', { family: 6 }))).toBe(
      'dropped at a3: damask-vx takes 1279 bytes, and IPv6 needs 1280',
    )
    expect(outcome(traceIn(plan, 'a3', 'a1'))).toBe('delivered')
  })
})

const isFarRoute = (entry: Entry): boolean =>
  entry.kind === 'route' &&
  entry.table === TABLE &&
  entry.to.family === 4 &&
  [4, 5].includes((entry.to.w0 >>> 8) & 0xff)
const withoutRule =
  (comment: string) =>
  (entry: Entry): Entry =>
    entry.kind === 'filter-table'
      ? {
          ...entry,
          chains: entry.chains.map((chain) => ({
            ...chain,
            rules: chain.rules.filter((rule) => rule.comment !== comment),
          })),
        }
      : entry

describe('routes, guards and filters', () => {
  test('a route that is gone: the guard refuses it, because of the network', () => {
    const trace = traceIn(
      broken(smallWorld(), { entry: (entry, node) => (node === 'a3' && isFarRoute(entry) ? undefined : entry) }),
      'a3',
      'b2',
    )
    expect(outcome(trace)).toBe('dropped at a3: the route says that it is unreachable')
    expect(trace.verdict).toMatchObject({ entry: { kind: 'route', table: GUARD_TABLE } })
    expect(becauseOf(trace)).toEqual(['Network/default'])
  })

  const withoutGuards = (entry: Entry) =>
    isFarRoute(entry) || (entry.kind === 'route' && entry.table === GUARD_TABLE) ? undefined : entry

  test('without a guard the filter stops the leak; without both it leaks', () => {
    const guarded = broken(smallWorld(), { entry: withoutGuards })
    expect(outcome(traceIn(guarded, 'a3', 'b2'))).toBe('dropped at a3: the packet filter of a3 drops it (leak: leak)')
    const bare = broken(smallWorld(), { entry: (entry) => withoutGuards(withoutRule('leak')(entry)) })
    expect(outcome(traceIn(bare, 'a3', 'b2'))).toBe('leaked at a3: it crosses a > internet in the clear')
  })

  const bouncing = (entry: Entry, node: string): Entry =>
    node === 'a1' && entry.kind === 'route' && isFarRoute(entry)
      ? { ...entry, target: { kind: 'via', hops: [{ via: parseAddress('172.31.0.13'), link: '$NIC' }] } }
      : entry

  test('two machines that send to each other: the filter stops the bounce; without it, it loops', () => {
    const world = smallWorld({ fabric: 'direct' })
    expect(outcome(traceIn(broken(world, { entry: bouncing }), 'a3', 'b2'))).toMatch(
      /^dropped at a1: .*\(forward: no bounce\)$/,
    )
    const loose = broken(world, { entry: (entry, node) => withoutRule('no bounce')(bouncing(entry, node)) })
    const looped = traceIn(loose, 'a3', 'b2')
    expect(outcome(looped)).toMatch(/^looped at a/)
    expect(looped.forth[0]?.hops.map(({ node }) => node)).toEqual(['a3', 'a1', 'a3', 'a1'])
  })

  test('vxlan without a forwarding entry, a neighbour, or with another hardware address at the far side', () => {
    const without = (kind: Entry['kind']) =>
      broken(smallWorld(), { entry: (entry) => (entry.kind === kind ? undefined : entry) })
    expect(outcome(traceIn(without('fdb'), 'a3', 'a1'))).toMatch(/^dropped at a3: no forwarding entry of damask-vx/)
    expect(outcome(traceIn(without('neighbour'), 'a3', 'a1'))).toMatch(
      /^dropped at a3: a3 has no neighbour fe80::ac1f:b/,
    )
    const renamed = broken(smallWorld(), {
      entry: (entry, node) =>
        node === 'a1' && entry.kind === 'link' && entry.type.kind === 'vxlan'
          ? { ...entry, hardwareAddress: '02:00:00:00:00:01' }
          : entry,
    })
    expect(outcome(traceIn(renamed, 'a3', 'a1'))).toMatch(
      /^dropped at a1: damask-vx of a1 is 02:00:00:00:00:01, and the frame is for/,
    )
  })

  test('vxlan packets without their rule go where the routes of the network lead them', () => {
    const world = smallWorld()
    const to = parsePrefix('172.31.0.11/32')
    const inside = (entry: Entry, node: string): Entry | undefined =>
      node === 'a3' && entry.kind === 'rule' && entry.ownUdpPort !== undefined ? undefined : entry
    const add = {
      a3: [route({ table: TABLE, to, target: { kind: 'next-hop-object', id: idOfHop(world) }, because: [] })],
    }
    expect(outcome(traceIn(broken(world, { add }), 'a3', 'a1'))).toBe('delivered')
    expect(outcome(traceIn(broken(world, { add, entry: inside }), 'a3', 'a1'))).toMatch(
      /^looped at a3: what damask-vx of a3 sends goes into damask-vx again/,
    )
  })

  test('a link that is down, and a next hop that is gone', () => {
    const down = broken(smallWorld(), {
      entry: (entry, node) =>
        node === 'a1' && entry.kind === 'link' && entry.name === 'damask-t1' ? { ...entry, isDown: true } : entry,
    })
    expect(outcome(traceIn(down, 'a3', 'b2'))).toBe('dropped at a1: damask-t1 of a1 is down')
    const gone = broken(smallWorld(), {
      entry: (entry, node) =>
        node === 'a1' && entry.kind === 'next-hop' && entry.link === 'damask-t1' ? undefined : entry,
    })
    expect(outcome(traceIn(gone, 'a3', 'b2'))).toMatch(/^dropped at a1: there is no next hop/)
  })

  test('forwarding switched off', () => {
    const off = broken(smallWorld(), {
      entry: (entry, node) =>
        node === 'a1' && entry.kind === 'sysctl' && entry.key === 'net/ipv4/ip_forward'
          ? { ...entry, value: '0' }
          : entry,
    })
    expect(outcome(traceIn(off, 'a3', 'b2'))).toBe('dropped at a1: a1 does not forward')
  })

  test('a reverse path: strict refuses another way back, loose needs an address on the link', () => {
    const world = smallWorld({ gatewaysPerSite: 2 })
    const oneWayBack = (entry: Entry, node: string): Entry =>
      node === 'b1' && entry.kind === 'next-hop-group' && entry.members.length === 2
        ? { ...entry, members: entry.members.slice(0, 1) }
        : entry
    const strict = broken(world, {
      entry: (entry, node) => {
        const one = oneWayBack(entry, node)
        return node === 'b1' && one.kind === 'sysctl' && one.key.endsWith('damask-t2/rp_filter')
          ? { ...one, value: '1' }
          : one
      },
    })
    expect(outcome(traceIn(broken(world, { entry: oneWayBack }), 'a3', 'b1'))).toBe('delivered')
    expect(outcome(traceIn(strict, 'a3', 'b1'))).toBe(
      'dropped at b1: its reverse path is checked strictly, and the way back is another',
    )
    const bare = broken(world, {
      entry: (entry, node) =>
        node === 'b1' && entry.kind === 'address' && entry.link === 'damask-t2' ? undefined : oneWayBack(entry, node),
    })
    expect(outcome(traceIn(bare, 'a3', 'b1'))).toBe(
      'dropped at b1: its reverse path is checked, and damask-t2 has no address',
    )
  })
})

function idOfHop(world: ReturnType<typeof smallWorld>): number {
  const hop = planOf(world)
    .states.find(({ node }) => node === 'a3')
    ?.parts.flat()
    .find(
      (entry) => entry.kind === 'next-hop' && entry.via !== undefined && formatAddress(entry.via) === 'fe80::ac1f:b',
    )
  return hop?.kind === 'next-hop' ? hop.id : 0
}

describe('addresses that are translated', () => {
  const outside = { kind: 'outside' as const, address: parseAddress('9.9.9.9') }

  test('a pod speaks outside by the address of its machine', () => {
    const trace = traceIn(planOf(smallWorld()), 'a3', 'a3', { to: outside })
    expect(outcome(trace)).toBe('delivered')
    expect(trace.forth[0]?.hops.map(({ translatedTo }) => translatedTo && formatAddress(translatedTo))).toEqual([
      '172.31.0.13',
    ])
  })

  test('and is seen on the internet by its own where nobody translates', () => {
    const world = smallWorld({ network: { masquerade: [] } })
    const plan = broken(world, {
      underlay: (underlay) => {
        const uplink = underlay.networks.get('a')?.uplink
        return uplink ? inNetwork('a', { uplink: { ...uplink, nat: { kind: 'none' } } })(underlay) : underlay
      },
    })
    expect(traceIn(plan, 'a3', 'a3', { to: outside }).verdict.kind).toBe('leaked')
  })

  test('a machine speaks into the network by its gateway address, and the answer finds back', () => {
    const from = { kind: 'host' as const, node: 'a3', address: parseAddress('172.31.0.13') }
    const trace = traceIn(planOf(smallWorld()), 'a3', 'b2', { from })
    expect(outcome(trace)).toBe('delivered')
    expect(trace.forth[0]?.packet.source).toEqual(parseAddress('10.42.3.1'))
    const without = broken(smallWorld(), { entry: withoutRule('into the network') })
    expect(outcome(traceIn(without, 'a3', 'b2', { from }))).toMatch(
      /^dropped at a1: .*not 172\.31\.0\.13|^dropped at b1: damask-t1 of b1 accepts .* not 172\.31\.0\.13/,
    )
  })
})

test('a packet that 65 machines have passed on is taken to go in circles, whatever its way looks like', () => {
  const addressOf = (nth: number) => parseAddress(`10.1.0.${nth + 1}`)
  const to = parsePrefix('10.9.0.1/32')
  const through = (count: number) => {
    const names = Array.from({ length: count }, (_, nth) => `m${nth}`)
    const states = names.map((node, nth): NodeState => {
      const hops = [{ via: addressOf(nth + 1), link: 'eth0' }]
      const onwards = route({ table: MAIN_TABLE, to, target: { kind: 'via', hops }, because: [] })
      return { node, gatewayAddresses: {}, parts: [[onwards]] }
    })
    const hosts = names.map((node, nth): UnderlayHost => {
      const addresses = [{ address: addressOf(nth), length: 24 }]
      const last = nth === count - 1 ? [{ address: parseAddress('10.9.0.1'), length: 32 }] : []
      return { node, network: 'x', segment: 'x', addresses: [...addresses, ...last], defaultRoutes: [] }
    })
    const rest = { mtuBytes: 1500, dropsIpv6Fragments: false, routesBetweenSegments: true, sourceCheck: false }
    const underlay: Underlay = {
      hosts: new Map(hosts.map((host) => [host.node, host])),
      networks: new Map([['x', { name: 'x', prefixes: [parsePrefix('10.1.0.0/24')], ...rest }]]),
      internet: { mtuBytes: 1500, families: [4] },
    }
    const network = compileNetwork({ states, facts: { machines: new Map(), hidden: [] }, underlay })
    const packet = packetTo('10.9.0.1', { source: parseAddress('10.8.0.1') })
    return walk(network, { node: 'm0', from: 'behind' }, packet).map(({ verdict }) => verdict)
  }
  expect(through(65)).toEqual([{ kind: 'delivered', to: { kind: 'host', node: 'm64' } }])
  expect(through(66)).toEqual([{ kind: 'looped', node: 'm65', reason: '65 machines have passed it on' }])
})
