import { describe, expect, test } from 'vitest'
import { type Node, nthAddress, parseAddress, parsePrefix, type World } from '../model/index.ts'
import { deriveUnderlay } from './derive-underlay.ts'
import { smallWorld } from './small-world.fixture.ts'

/** Undefined takes a field away. */
type Change = { readonly [Field in keyof Node]?: Node[Field] | undefined }

function worldWith(changes: Readonly<Record<string, Change>>, more: Partial<World> = {}): World {
  const world = smallWorld()
  const nodes = [...world.nodes].map(([name, node]) => {
    const entries = Object.entries({ ...node, ...changes[name] }).filter(([, value]) => value !== undefined)
    return [name, Object.fromEntries(entries) as Node] as const
  })
  return { ...world, nodes: new Map(nodes), ...more }
}
const at = (host: string, port = 51820, ports?: readonly number[]): Node['endpoint'] => ({
  host: /^[\d.]+$|:/.test(host) ? parseAddress(host) : host,
  port,
  ...(ports && { ports }),
})
const natOf = (world: World, network: string) => deriveUnderlay(world).underlay.networks.get(network)?.uplink?.nat

describe('a site is a network', () => {
  const { hosts, networks, internet } = deriveUnderlay(smallWorld()).underlay

  test('of which nobody knows that it refuses anything', () => {
    expect(networks.get('home')).toEqual({
      name: 'home',
      prefixes: [parsePrefix('192.168.1.0/24')],
      mtuBytes: 1500,
      dropsIpv6Fragments: false,
      routesBetweenSegments: true,
      sourceCheck: false,
      uplink: {
        families: [4, 6],
        mtuBytes: 1500,
        nat: { kind: 'one-to-one', translations: [] },
        fromInternet: { rules: [], otherwise: 'accept' },
        hairpins: true,
      },
      isAssumed: true,
    })
    expect(internet).toEqual({ mtuBytes: 1500, families: [4, 6] })
  })

  test('its machines stand on it with default routes of their families', () => {
    expect(hosts.get('h')).toEqual({
      node: 'h',
      network: 'home',
      segment: '192.168.1.0/24',
      addresses: [{ address: parseAddress('192.168.1.5'), length: 24 }],
      defaultRoutes: [4],
      behind: [],
      mtuBytes: 1500,
    })
  })

  test('as wide as the widest of them, each as wide as it said itself', () => {
    const sized = (underlayMtuBytes: number, underlayIpv6MtuBytes?: number) => ({
      underlayMtuBytes,
      ...(underlayIpv6MtuBytes && { underlayIpv6MtuBytes }),
    })
    const statuses = new Map(Object.entries({ a1: sized(9001, 1400), a2: sized(1400) })) as unknown as World['statuses']
    const derived = deriveUnderlay(worldWith({}, { statuses })).underlay
    expect(derived.networks.get('a')).toMatchObject({ mtuBytes: 9001, uplink: { mtuBytes: 9001 } })
    expect(derived.hosts.get('a1')).toMatchObject({ mtuBytes: 9001, ipv6MtuBytes: 1400 })
    expect(derived.hosts.get('a2')).toMatchObject({ mtuBytes: 1400 })
    expect(derived.hosts.get('a2')).not.toHaveProperty('ipv6MtuBytes')
  })

  test('who has no private address gets one of nobody, and stands behind what it offers', () => {
    const offeredPrefixes = [parsePrefix('10.9.0.0/16')]
    const derived = deriveUnderlay(worldWith({ h: { privateAddresses: [], offeredPrefixes } })).underlay
    expect(derived.hosts.get('h')).toMatchObject({
      segment: '240.0.0.6/32',
      addresses: [{ address: parseAddress('240.0.0.6'), length: 32 }],
      behind: offeredPrefixes,
    })
  })

  test('machines that share a subnet of either family share a wire', () => {
    const six = (text: string) => ({ address: parseAddress(text), length: 64 })
    const four = (text: string) => ({ address: parseAddress(text), length: 24 })
    const derived = deriveUnderlay(
      worldWith({
        a1: { privateAddresses: [four('172.31.0.11'), six('2001:db8:1::1')] },
        a2: { privateAddresses: [four('172.31.9.12'), six('2001:db8:1::2')] },
        a3: { privateAddresses: [four('172.31.5.13')] },
      }),
    ).underlay
    const wire = (name: string) => derived.hosts.get(name)?.segment
    expect(wire('a1')).toBe(wire('a2'))
    expect(wire('a3')).toBe('172.31.5.0/24')
    expect(derived.hosts.get('a1')?.defaultRoutes).toEqual([4, 6])
  })
})

describe('endpoints are at the edge of the network', () => {
  const toOne = (node: string, outside: string, inside: string) => ({
    node,
    outside: parseAddress(outside),
    inside: parseAddress(inside),
  })

  test('each its own: one address for one machine', () => {
    expect(natOf(smallWorld(), 'a')).toEqual({
      kind: 'one-to-one',
      translations: [toOne('a1', '203.0.113.1', '172.31.0.11'), toOne('a2', '203.0.113.2', '172.31.0.12')],
    })
  })

  test('an endpoint that is a private address of the machine leads to that one', () => {
    const privateAddresses = ['172.31.0.11', '172.31.0.99'].map((text) => ({ address: parseAddress(text), length: 24 }))
    const nat = natOf(worldWith({ a1: { privateAddresses, endpoint: at('172.31.0.99') } }), 'a')
    expect(nat).toMatchObject({ translations: [toOne('a1', '172.31.0.99', '172.31.0.99'), {}] })
  })

  test('one of a family that the machine does not have leads nowhere', () => {
    expect(natOf(worldWith({ b1: { endpoint: at('2001:db8::1') } }), 'b')).toEqual({
      kind: 'one-to-one',
      translations: [],
    })
  })

  test('a shared one: a NAT that forwards a port of each, and one for every slot of a gateway', () => {
    const nat = natOf(worldWith({ a2: { endpoint: at('203.0.113.1', 40000) } }), 'a')
    if (nat?.kind !== 'masquerade') throw new Error('it is shared')
    expect(nat).toMatchObject({ outside: [], isLetIn: true })
    expect(nat.forwards).toHaveLength(32)
    expect(nat.forwards[0]).toEqual({
      ...toOne('a1', '203.0.113.1', '172.31.0.11'),
      outsidePort: 51820,
      insidePort: 51820,
    })
    expect(nat.forwards[17]).toEqual({
      ...toOne('a2', '203.0.113.1', '172.31.0.12'),
      outsidePort: 40001,
      insidePort: 40001,
    })
  })

  test('listed ports are mapped to where everybody listens', () => {
    const nat = natOf(worldWith({ b1: { endpoint: at('203.0.113.4', 40000, [40000, 40010]) }, b2: {} }), 'b')
    if (nat?.kind !== 'masquerade') throw new Error('it has ports of its own')
    expect(nat.forwards.slice(0, 3).map(({ outsidePort, insidePort }) => [outsidePort, insidePort])).toEqual([
      [40000, 51820],
      [40010, 51821],
      [40002, 51822],
    ])
  })

  test('where all have endpoints, they go out by them', () => {
    const nat = natOf(worldWith({ h: { endpoint: at('198.51.100.1', 40000, [40000]) } }), 'home')
    expect(nat).toMatchObject({ kind: 'masquerade', outside: [parseAddress('198.51.100.1')] })
  })
})

describe('endpoints that are names', () => {
  const world = worldWith({ a1: { endpoint: at('one.example.') }, b1: { endpoint: at('two.example') } })

  test('have the addresses that are known, or stand-ins of nobody', () => {
    const known = [parseAddress('203.0.113.77')]
    const { resolvedHosts, underlay } = deriveUnderlay(world, new Map([['one.example', known]]))
    const standIn = nthAddress(parsePrefix('241.0.0.0/8'), 2)
    expect(resolvedHosts).toEqual({ 'one.example.': known, 'two.example': [standIn] })
    expect(underlay.networks.get('b')?.uplink?.nat).toMatchObject({ translations: [{ outside: standIn }] })
  })

  test('keep their stand-ins whichever machine of the world is read first', () => {
    const turned = { ...world, nodes: new Map([...world.nodes].reverse()) }
    expect(deriveUnderlay(turned).resolvedHosts).toEqual(deriveUnderlay(world).resolvedHosts)
  })
})
