import { describe, expect, test } from 'vitest'
import {
  entriesOf,
  keyOf,
  type Node,
  type NodeState,
  type PublicKey,
  parseAddress,
  parsePrefix,
  type Route,
  routeValue,
  type World,
} from '../model/index.ts'
import { planNode, preparePlan } from './index.ts'

const KEY = 'mK5bVZ1nU3sG0e0m4XW1yq0Jr0cWk1cP2C8n9o5rQ0U=' as PublicKey

type Wish = Partial<Omit<Node, 'name'>> & { readonly name: string }

function worldOf(
  nodes: readonly Wish[],
  network: Partial<World['network']> = {},
  sites: World['sites'] = new Map(),
): World {
  return {
    network: {
      name: 'default',
      podPrefixes: [parsePrefix('10.42.0.0/16'), parsePrefix('fd42:42::/48')],
      servicePrefixes: [],
      sites: { by: 'field' },
      fabric: { kind: 'direct', encapsulate: 'always', port: 8472 },
      tunnel: { kind: 'wireguard', port: 51820 },
      encryption: 'required',
      gatewaysPerSite: 1,
      masquerade: [4, 6],
      mtu: 'auto',
      ...network,
    },
    sites,
    nodes: new Map(nodes.map((wish, index) => [wish.name, nodeOf(wish, index + 1)])),
    statuses: new Map(nodes.map(({ name }) => [name, { name, publicKey: KEY }])),
  }
}

const nodeOf = (wish: Wish, number: number): Node => ({
  labels: {},
  privateAddresses: [{ address: parseAddress(`172.31.0.${number}`), length: 20 }],
  podPrefixes: [parsePrefix(`10.42.${number}.0/24`), parsePrefix(`fd42:42:0:${number}::/64`)],
  gateway: 'allow',
  ...wish,
})

const endpoint = (host: string, more: Partial<NonNullable<Node['endpoint']>> = {}) => ({
  host: parseAddress(host),
  port: 51820,
  ...more,
})
const gatewaysOf = (world: World) =>
  [...preparePlan(world).sites.values()].map(
    ({ name, gateways }) => `${name}: ${gateways.map(({ node }) => node.name).join(' ')}`,
  )
const messages = (world: World) => preparePlan(world).issues.map(({ severity, message }) => `${severity}: ${message}`)
const routes = (state: NodeState, table: number) =>
  [...entriesOf(state)]
    .filter((entry): entry is Route => entry.kind === 'route' && entry.table === table)
    .map((entry) => `${keyOf(entry)} ${routeValue(entry)}`)

describe('sites', () => {
  test('a node without a site is a site of its own', () => {
    const world = worldOf([
      { name: 'a', site: 'x' },
      { name: 'b', endpoint: endpoint('203.0.113.1') },
    ])
    expect([...preparePlan(world).sites.keys()]).toEqual(['b', 'x'])
  })

  test('a lone node never joins a site that happens to bear its name', () => {
    expect([...preparePlan(worldOf([{ name: 'x' }, { name: 'y', site: 'x' }])).sites.keys()]).toEqual(['node/x', 'x'])
  })

  test('by label, and by node', () => {
    const nodes = [
      { name: 'a', site: 's', labels: { zone: 'z1' } },
      { name: 'b', site: 's', labels: { zone: 'z2' } },
    ]
    expect([...preparePlan(worldOf(nodes, { sites: { by: 'label', label: 'zone' } })).sites.keys()]).toEqual([
      'z1',
      'z2',
    ])
    expect([...preparePlan(worldOf(nodes, { sites: { by: 'node' } })).sites.keys()]).toEqual(['a', 'b'])
  })
})

describe('gateways', () => {
  test('by wish, then by having an endpoint, then by name', () => {
    const site = 's'
    const withEndpoint = { endpoint: endpoint('203.0.113.9') }
    expect(
      gatewaysOf(
        worldOf([
          { name: 'a', site },
          { name: 'b', site },
        ]),
      ),
    ).toEqual(['s: a'])
    expect(
      gatewaysOf(
        worldOf([
          { name: 'a', site },
          { name: 'b', site, ...withEndpoint },
        ]),
      ),
    ).toEqual(['s: b'])
    expect(
      gatewaysOf(
        worldOf([
          { name: 'a', site, gateway: 'prefer' },
          { name: 'b', site, ...withEndpoint },
        ]),
      ),
    ).toEqual(['s: a'])
    expect(
      gatewaysOf(
        worldOf([
          { name: 'a', site, gateway: 'never', ...withEndpoint },
          { name: 'b', site },
        ]),
      ),
    ).toEqual(['s: b'])
  })

  test('a site in which every node says never speaks to nobody, and it is said', () => {
    const world = worldOf([
      { name: 'a', site: 's', gateway: 'never' },
      { name: 'b', site: 't', endpoint: endpoint('203.0.113.1') },
    ])
    expect(messages(world)).toEqual([expect.stringContaining('site s has no gateway')])
    expect([...entriesOf(planNode(preparePlan(world), 'b'))].some(({ kind }) => kind === 'wireguard-device')).toBe(
      false,
    )
  })

  test('two sites that nobody can reach from outside cannot meet, and it is said', () => {
    expect(
      messages(
        worldOf([
          { name: 'a', site: 's' },
          { name: 'b', site: 't' },
        ]),
      ),
    ).toEqual([expect.stringContaining('sites s, t cannot meet')])
  })
})

describe('legs', () => {
  const world = worldOf([
    { name: 'a', site: 's', endpoint: endpoint('203.0.113.1', { port: 4500 }) },
    { name: 'b', site: 't' },
    { name: 'c', site: 'u', endpoint: endpoint('203.0.113.3', { ports: [7000] }) },
  ])
  const entries = (name: string) => [...entriesOf(planNode(preparePlan(world), name))]

  test('the end behind NAT keeps the leg alive, and the other has no endpoint to speak to', () => {
    expect(entries('b').flatMap((e) => (e.kind === 'wireguard-peer' ? [e.keepaliveSeconds] : []))).toEqual([25, 25])
    expect(
      entries('a').flatMap((e) => (e.kind === 'wireguard-peer' ? [[e.keepaliveSeconds, e.endpoint?.port]] : [])),
    ).toEqual([
      [0, undefined],
      [0, 7000],
    ])
  })

  test('a node listens where it says that it is reached, unless NAT maps its ports', () => {
    const port = (name: string) => entries(name).flatMap((e) => (e.kind === 'wireguard-device' ? [e.listenPort] : []))
    expect([port('a'), port('b'), port('c')]).toEqual([[4500], [51820], [51820]])
  })
})

describe('MTU', () => {
  const podMtu = (world: World) => preparePlan(world).mtus.podBytes
  const two = [
    { name: 'a', site: 's', endpoint: endpoint('203.0.113.1') },
    { name: 'b', site: 't', endpoint: endpoint('203.0.113.2') },
  ]

  test('is the underlay less the worst overhead on the way', () => {
    expect(
      podMtu(
        worldOf([
          { name: 'a', site: 's' },
          { name: 'b', site: 's' },
        ]),
      ),
    ).toBe(1500)
    expect(
      podMtu(
        worldOf(
          [
            { name: 'a', site: 's' },
            { name: 'b', site: 's' },
          ],
          { fabric: { kind: 'vxlan', encapsulate: 'always', port: 8472 } },
        ),
      ),
    ).toBe(1450)
    expect(podMtu(worldOf(two))).toBe(1440)
    expect(podMtu(worldOf([...two, { name: 'c', site: 'u', endpoint: endpoint('2001:db8::1') }]))).toBe(1420)
  })

  test('the narrowest underlay of any node counts', () => {
    const world = worldOf(two)
    expect(podMtu({ ...world, statuses: new Map([['a', { name: 'a', underlayMtuBytes: 1400 }]]) })).toBe(1340)
  })

  test('less than 1280 bytes for IPv6 pods is said, names the node, and stops nobody', () => {
    const world = worldOf(two)
    const narrow = { ...world, statuses: new Map([['a', { name: 'a', underlayMtuBytes: 1300 }]]) }
    expect(messages(narrow)).toEqual([expect.stringMatching(/^warning: the underlay of Node\/a leaves 1240 bytes/)])
    expect(podMtu(narrow)).toBe(1280)
  })

  test('IPv4 pods may be narrower, but no device that carries next hops', () => {
    const world = worldOf(two, { podPrefixes: [parsePrefix('10.42.0.0/16')] })
    const { mtus } = preparePlan({ ...world, statuses: new Map([['a', { name: 'a', underlayMtuBytes: 1300 }]]) })
    expect([mtus.podBytes, mtus.tunnelBytes, mtus.vxlanBytes]).toEqual([1240, 1280, 1280])
  })
})

describe('throw routes', () => {
  test('an own subnet and an endpoint inside the pod range are left to the main table, in both of ours', () => {
    const world = worldOf(
      [
        {
          name: 'a',
          site: 's',
          podPrefixes: [parsePrefix('10.1.0.0/16')],
          privateAddresses: [{ address: parseAddress('10.200.0.5'), length: 24 }],
          endpoint: endpoint('203.0.113.1'),
        },
        { name: 'b', site: 't', podPrefixes: [parsePrefix('10.2.0.0/16')], endpoint: endpoint('10.99.0.1') },
      ],
      { podPrefixes: [parsePrefix('10.0.0.0/8')] },
    )
    const state = planNode(preparePlan(world), 'a')
    for (const table of [218, 219])
      expect(routes(state, table)).toEqual(
        expect.arrayContaining([`route ${table} 10.200.0.0/24 throw`, `route ${table} 10.99.0.1/32 throw`]),
      )
  })
})

describe('private addresses', () => {
  const v6 = { privateAddresses: [{ address: parseAddress('fd00::5'), length: 64 }] }

  test('members of a site that share no family are an error that names them', () => {
    const world = worldOf([
      { name: 'a', site: 's' },
      { name: 'b', site: 's', ...v6 },
    ])
    expect(messages(world)).toEqual([expect.stringContaining('site s has nodes without a private IPv4 address (b)')])
  })

  test('members of different subnets need vxlan', () => {
    const nodes = [
      { name: 'a', site: 's' },
      { name: 'b', site: 's', privateAddresses: [{ address: parseAddress('172.31.200.5'), length: 32 }] },
    ]
    expect(messages(worldOf(nodes))).toEqual([expect.stringContaining('b is not in the subnet of a')])
    expect(messages(worldOf(nodes, { fabric: { kind: 'vxlan', encapsulate: 'always', port: 8472 } }))).toEqual([])
  })

  test('IPv4 pods over an IPv6 network need vxlan', () => {
    const nodes = [
      { name: 'a', site: 's', ...v6 },
      { name: 'b', site: 's', privateAddresses: [{ address: parseAddress('fd00::6'), length: 64 }] },
    ]
    expect(messages(worldOf(nodes))).toEqual([expect.stringContaining('take fabric vxlan')])
    expect(messages(worldOf(nodes, { fabric: { kind: 'vxlan', encapsulate: 'always', port: 8472 } }))).toEqual([])
  })
})

describe('what is not planned yet', () => {
  test('is an error that names the field and the way out', () => {
    expect(messages(worldOf([{ name: 'a', site: 's' }], { gatewaysPerSite: 2 }))).toEqual([
      'error: Network/default spec.gatewaysPerSite: 2 gateways a site are not planned yet; take 1',
    ])
    const sites = new Map([['s', { name: 's', fabric: { kind: 'ipip', encapsulate: 'always', port: 8472 } as const }]])
    expect(messages(worldOf([{ name: 'a', site: 's' }], {}, sites))).toEqual([
      'error: Site/s spec.fabric.kind: fabric ipip is not planned yet; take direct or vxlan',
    ])
  })
})
