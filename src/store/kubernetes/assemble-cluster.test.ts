import { beforeEach, describe, expect, test } from 'vitest'
import { parsePrefix } from '../../model/index.ts'
import type { ReadResult } from '../assemble-world.ts'
import { type ClusterWorld, createClusterWorld, meshNode, network, site } from './cluster-world.fixture.ts'

let cluster: ClusterWorld
beforeEach(() => {
  cluster = createClusterWorld()
  cluster.put('Network', network())
  for (const number of [1, 2, 3]) cluster.put('MeshNode', meshNode(number))
})

const namesOf = ({ world }: ReadResult): readonly string[] => [...(world?.nodes.keys() ?? [])]
const textsOf = ({ issues }: ReadResult): readonly string[] =>
  issues.map(({ file, severity, message }) => `${file}: ${severity}: ${message}`)

const KEY = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='

describe('a MeshNode', () => {
  test('is a Node, its status and its grant', () => {
    const granted = { site: 'aws', slot: 1, podPrefixes: ['10.42.7.0/24'] }
    const status = { publicKey: KEY, addresses: ['172.31.0.7/20'], report: { pods: 7 } }
    cluster.put('MeshNode', meshNode(7, { podPrefixes: undefined }, { granted, status }))
    const { world, issues } = cluster.read()
    expect(issues).toEqual([])
    expect(world?.nodes.get('n7')).toMatchObject({ labels: { zone: 'z' }, podPrefixes: [parsePrefix('10.42.7.0/24')] })
    // No plan is made of the rest, so nobody is told when it changes.
    expect(world?.statuses.get('n7')).toEqual({ name: 'n7', publicKey: KEY })
    expect(world?.grants.get('n7')).toEqual({ name: 'n7', site: 'aws', slot: 1 })
  })

  test.each([undefined, []])('is no node yet while nobody knows its private addresses (%j)', (privateAddresses) => {
    cluster.put('MeshNode', meshNode(7, { privateAddresses }, { status: { publicKey: KEY }, granted: { slot: 1 } }))
    const result = cluster.read()
    expect(namesOf(result)).toEqual(['n1', 'n2', 'n3'])
    expect(textsOf(result)).toEqual([])
  })

  test('changes nothing where only its report does', () => {
    const before = cluster.read()
    cluster.put('MeshNode', meshNode(1, {}, { status: { report: { pods: 1 } } }))
    const first = cluster.read()
    cluster.put('MeshNode', meshNode(1, {}, { status: { report: { pods: 2 } } }))
    expect(cluster.read().world?.nodes.get('n1')).toBe(before.world?.nodes.get('n1'))
    expect(cluster.read().world?.statuses).toEqual(first.world?.statuses)
  })

  test('that is wrong from the beginning is left out, and the rest stands', () => {
    cluster.put('MeshNode', meshNode(7, { podPrefixes: ['10.42.7.0/33'] }))
    const result = cluster.read()
    expect(namesOf(result)).toEqual(['n1', 'n2', 'n3'])
    expect(textsOf(result)).toEqual([
      expect.stringMatching(/^MeshNode\/n7: warning: spec\.podPrefixes\[0\].*10\.42\.7\.0\/33.*; it is left out$/),
    ])
  })

  test('that becomes wrong stays what it was: a typo does not cut a node off', () => {
    const before = cluster.read()
    cluster.put('MeshNode', meshNode(2, { podPrefixes: ['10.42.2.0/33'] }, { status: { publicKey: KEY } }))
    const result = cluster.read()
    expect(result.world?.nodes.get('n2')).toBe(before.world?.nodes.get('n2'))
    expect(result.world?.statuses.get('n2')?.publicKey).toBe(KEY)
    expect(textsOf(result)).toEqual([expect.stringMatching(/^MeshNode\/n2: .*what was right before still counts$/)])
    cluster.put('MeshNode', meshNode(2))
    expect(cluster.read().issues).toEqual([])
  })

  test('that was made anew under the same name does not inherit what was right before', () => {
    cluster.read()
    const anew = meshNode(2, { podPrefixes: ['10.42.2.0/33'] })
    cluster.put('MeshNode', { ...anew, metadata: { ...anew.metadata, uid: 'another' } })
    expect(namesOf(cluster.read())).toEqual(['n1', 'n3'])
  })

  test('with a field that only a newer version knows counts without it', () => {
    cluster.put('MeshNode', meshNode(7, { colour: 'red' }))
    const result = cluster.read()
    expect(namesOf(result)).toContain('n7')
    expect(textsOf(result)).toEqual([
      expect.stringMatching(/^MeshNode\/n7: warning: spec\.colour is not a field.*; it is ignored$/),
    ])
  })

  test('with a wrong status is a node, with the status that was right before', () => {
    cluster.put('MeshNode', meshNode(1, {}, { status: { publicKey: KEY } }))
    cluster.read()
    cluster.put('MeshNode', meshNode(1, {}, { status: { publicKey: 'short' } }))
    const { world } = cluster.read()
    expect(world?.nodes.has('n1')).toBe(true)
    expect(world?.statuses.get('n1')?.publicKey).toBe(KEY)
  })
})

describe('objects that contradict each other', () => {
  test('the younger is left out, and comes back when the older is gone', () => {
    cluster.put('MeshNode', meshNode(7, { podPrefixes: ['10.42.2.0/24'] }))
    const result = cluster.read()
    expect(namesOf(result)).toEqual(['n1', 'n2', 'n3'])
    expect(textsOf(result)).toEqual([
      'MeshNode/n7: warning: it is left out, as MeshNode/n2 is older: spec.podPrefixes[0] of MeshNode/n7: 10.42.2.0/24 is also spec.podPrefixes[0] of MeshNode/n2',
    ])
    cluster.remove('MeshNode', 'n2')
    const after = cluster.read()
    expect(namesOf(after)).toEqual(['n1', 'n3', 'n7'])
    expect(after.issues).toEqual([])
  })

  test('the older by time wins, not by name; of two of the same time the first by name', () => {
    const put = (name: string, createdAt: string): void => {
      const object = meshNode(9)
      cluster.put('MeshNode', {
        ...object,
        metadata: { ...object.metadata, name, uid: `${name} ${createdAt}`, creationTimestamp: createdAt },
      })
    }
    put('b', '2026-01-02T00:00:00Z')
    put('a', '2026-01-03T00:00:00Z')
    expect(namesOf(cluster.read())).toContain('b')
    put('a', '2026-01-02T00:00:00Z')
    expect(namesOf(cluster.read())).toEqual(['a', 'n1', 'n2', 'n3'])
  })

  test('who falls takes nobody along: the third stands, which only the second contradicted', () => {
    cluster.put('MeshNode', meshNode(4, { podPrefixes: ['10.42.3.0/24', '10.42.4.0/24'] }))
    cluster.put('MeshNode', meshNode(5, { podPrefixes: ['10.42.4.0/24'] }))
    expect(namesOf(cluster.read())).toEqual(['n1', 'n2', 'n3', 'n5'])
  })

  test('of a hundred with one private address the oldest stays', () => {
    for (let number = 10; number < 110; number++) {
      const object = meshNode(number, { privateAddresses: ['172.31.9.9/20'] })
      cluster.put('MeshNode', {
        ...object,
        metadata: { ...object.metadata, creationTimestamp: '2026-02-01T00:00:00Z' },
      })
    }
    const result = cluster.read()
    expect(namesOf(result)).toEqual(['n1', 'n10', 'n2', 'n3'])
    expect(result.issues).toHaveLength(99)
  })

  test('one public key: the younger has none, and stays a node', () => {
    for (const number of [1, 2]) cluster.put('MeshNode', meshNode(number, {}, { status: { publicKey: KEY } }))
    const { world, issues } = cluster.read()
    expect(world?.nodes.size).toBe(3)
    expect([...(world?.statuses.keys() ?? [])]).toEqual(['n1'])
    expect(issues.map(({ file, message }) => `${file}: ${message}`)).toEqual([
      expect.stringMatching(/^MeshNode\/n2: its status is left out, as MeshNode\/n1 is older/),
    ])
  })

  test('one that is in the way of many is left out itself, though it is older', () => {
    for (let number = 4; number < 40; number++) cluster.put('MeshNode', meshNode(number))
    cluster.put('MeshNode', meshNode(1, { podPrefixes: ['10.42.0.0/18'] }))
    const result = cluster.read()
    expect(result.world?.nodes.size).toBe(38)
    expect(result.world?.nodes.has('n1')).toBe(false)
    expect(textsOf(result)).toEqual([
      expect.stringMatching(/^MeshNode\/n1: warning: it is left out, as it contradicts 4 others/),
    ])
    // And all the same when something else changes.
    cluster.put('MeshNode', meshNode(39, { gateway: 'never' }))
    expect(textsOf(cluster.read())).toEqual(textsOf(result))
    cluster.put('MeshNode', meshNode(1))
    expect(cluster.read().world?.nodes.size).toBe(39)
  })

  test('what was left out the last time is not kept out when its node changed', () => {
    cluster.put('MeshNode', meshNode(7, { podPrefixes: ['10.42.2.0/24'] }))
    cluster.read()
    cluster.put('MeshNode', meshNode(7))
    expect(cluster.read().issues).toEqual([])
  })
})

describe('a Network', () => {
  test('that is missing is an error, and no World', () => {
    cluster.remove('Network', 'default')
    const result = cluster.read()
    expect(result.world).toBeUndefined()
    expect(textsOf(result)).toEqual([expect.stringMatching(/^Network\/default: error: there is no Network/)])
  })

  test('of another name is left out', () => {
    cluster.put('Network', network({ podPrefixes: ['10.99.0.0/16'] }, 'other'))
    const result = cluster.read()
    expect(result.world?.network.podPrefixes).toEqual([parsePrefix('10.42.0.0/16')])
    expect(textsOf(result)).toEqual([expect.stringMatching(/^Network\/other: warning: it is left out/)])
  })

  test.each([
    ['a value that is none', { mtu: 'big' }, /spec\.mtu/],
    ['a contradiction in itself', { servicePrefixes: ['10.42.0.0/20'] }, /servicePrefixes/],
    ['a range that the nodes are not in', { podPrefixes: ['10.43.0.0/16'] }, /10\.42\.1\.0\/24.*and 2 more/],
  ])('that becomes wrong by %s stays what it was', (_, spec, message) => {
    const before = cluster.read()
    cluster.put('Network', network(spec))
    const result = cluster.read()
    expect(result.world?.network).toBe(before.world?.network)
    expect(namesOf(result)).toEqual(namesOf(before))
    expect(textsOf(result)).toEqual([expect.stringMatching(message)])
    cluster.put('Network', network({ mtu: 1400 }))
    expect(cluster.read().world?.network.mtu).toBe(1400)
  })

  test('in which no node fits at all, from the beginning, is no World: agents go on with their last one', () => {
    cluster.put('Network', network({ podPrefixes: ['10.43.0.0/16'] }))
    const result = cluster.read()
    expect(result.world).toBeUndefined()
    expect(result.issues.map(({ severity }) => severity)).toEqual(['error', 'error', 'error'])
  })

  test('without any node is a World', () => {
    for (const name of ['n1', 'n2', 'n3']) cluster.remove('MeshNode', name)
    expect(cluster.read().world?.nodes.size).toBe(0)
  })

  test('keeps nodes out that are wrong when others of the Network change', () => {
    cluster.put('MeshNode', meshNode(7, { podPrefixes: ['10.99.0.0/24'] }))
    expect(namesOf(cluster.read())).not.toContain('n7')
    cluster.put('Network', network({ mtu: 1400 }))
    const result = cluster.read()
    expect(result.world?.network.mtu).toBe(1400)
    expect(namesOf(result)).toEqual(['n1', 'n2', 'n3'])
  })
})

test('a Site that cannot carry what its nodes have is refused, and what held before still does', () => {
  const ipv6 = { privateAddresses: ['fd00::1/64'], site: 'home' }
  cluster.put('MeshNode', meshNode(4, ipv6))
  cluster.put('MeshNode', meshNode(5, { ...ipv6, privateAddresses: ['fd00::2/64'] }))
  cluster.put('Site', site('home', { fabric: { kind: 'vxlan' } }))
  const before = cluster.read()
  expect(before.issues).toEqual([])
  cluster.put('Site', site('home', { fabric: { kind: 'ipip' } }))
  const result = cluster.read()
  expect(namesOf(result)).toEqual(namesOf(before))
  expect(result.world?.sites.get('home')?.fabric?.kind).toBe('vxlan')
  expect(textsOf(result)).toEqual([expect.stringMatching(/Sites as they are now.*ipip carries IPv4 over IPv4 alone/)])
})
