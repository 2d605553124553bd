import { describe, expect, test } from 'vitest'
import { type Entry, entriesOf, type Node, parseAddress, parsePrefix } from '../model/index.ts'
import { planNode, preparePlan } from './index.ts'
import { endpoint, gatewaysOf, messages, routes, worldOf } from './small-world.fixture.ts'

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

describe('a plan after another', () => {
  const names = ['a', 'b', 'c', 'd']
  const world = worldOf(
    names.map((name, nth) => ({
      name,
      site: name < 'c' ? 's' : 't',
      privateAddresses: [{ address: parseAddress(`192.168.${name < 'c' ? 1 : 2}.${nth + 1}`), length: 24 }],
      podPrefixes: [parsePrefix(`10.${nth}.0.0/16`)],
      endpoint: endpoint(`203.0.113.${nth + 1}`),
    })),
    { podPrefixes: [parsePrefix('10.0.0.0/8')] },
  )
  const newParts = (change: Partial<Node>) => {
    const before = preparePlan(world)
    const old = new Map(names.map((name) => [name, planNode(before, name)]))
    const nodes = new Map(world.nodes)
    nodes.set('d', { ...(world.nodes.get('d') as Node), ...change })
    const plan = preparePlan({ ...world, nodes }, before)
    return new Map(
      names.map((name) => {
        const { parts } = planNode(plan, name)
        return [name, parts.filter((part, nth) => part !== old.get(name)?.parts[nth])]
      }),
    )
  }

  const kinds = (parts: readonly (readonly Entry[])[] | undefined) => parts?.map(([first]) => first?.kind)

  test('has the very parts of that one, save what leads to a site in which something changed', () => {
    const own = newParts({ labels: { rack: '7' } })
    expect(kinds(own.get('a'))).toEqual(['next-hop-group', 'wireguard-peer'])
    expect(kinds(own.get('b'))).toEqual(['route'])
  })

  test('has another filter where that site owns other prefixes', () => {
    const own = newParts({ podPrefixes: [parsePrefix('10.77.0.0/16')] })
    expect(kinds(own.get('a'))).toEqual(['next-hop-group', 'filter-table', 'wireguard-peer'])
    expect(kinds(own.get('b'))).toEqual(['route', 'filter-table'])
  })
})
