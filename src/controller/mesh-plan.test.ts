import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../store/index.ts'
import { coreNode, type NodeWords, network } from './cluster.fixture.ts'
import type { ClusterView } from './cluster-view.ts'
import type { CoreNode } from './core-node.ts'
import { type MeshNode, projectMeshNode } from './mesh-node.ts'
import { meshNodeChanges } from './mesh-node-changes.ts'
import { createPlanMemory, planMesh } from './mesh-plan.ts'

type MeshWords = {
  readonly spec?: object
  readonly granted?: object
  readonly status?: object
  readonly labels?: Readonly<Record<string, string>>
  readonly nodeUid?: string
  readonly isGoing?: boolean
}

const meshNode = (name: string, words: MeshWords = {}): MeshNode =>
  projectMeshNode({
    metadata: {
      name,
      uid: `mesh-${name}`,
      creationTimestamp: '2026-11-22T10:00:01Z',
      labels: words.labels ?? { 'app.kubernetes.io/managed-by': 'damask' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: words.nodeUid ?? `${name}-1` }],
      ...(words.isGoing && { deletionTimestamp: '2026-11-22T11:00:00Z' }),
    },
    spec: words.spec ?? {},
    granted: words.granted,
    status: words.status,
  } satisfies KubernetesObject)

const peoples = (name: string, spec: object): MeshNode => meshNode(name, { spec, labels: {} })

/** A node whose agent found its address. */
const known = (name: string, number: number, words: NodeWords = {}): readonly [CoreNode, MeshNode] => [
  coreNode(name, { internal: [`172.31.0.${number}`], podCIDRs: [`10.42.${number}.0/24`], ...words }),
  meshNode(name, { status: { addresses: [`172.31.0.${number}/20`] } }),
]

function viewOf(
  all: readonly (CoreNode | MeshNode | readonly [CoreNode, MeshNode])[],
  more: Partial<ClusterView> = {},
): ClusterView {
  const flat = all.flatMap((one) => (Array.isArray(one) ? one : [one])) as readonly (CoreNode | MeshNode)[]
  const isCore = (one: CoreNode | MeshNode): one is CoreNode => 'annotations' in one
  const isMesh = (one: CoreNode | MeshNode): one is MeshNode => !isCore(one)
  return {
    network: network(),
    sites: [],
    coreNodes: new Map(flat.filter(isCore).map((one) => [one.name, one])),
    meshNodes: new Map(flat.filter(isMesh).map((one) => [one.name, one])),
    mayBeGranted: () => true,
    last: {},
    ...more,
  }
}

function planText(view: ClusterView): string {
  const { wanted, problems } = planMesh(view, createPlanMemory())
  const changes = meshNodeChanges(wanted, view.coreNodes, view.meshNodes).map((change) => {
    if (change.kind === 'remove') return `remove ${change.name}`
    const { labels, spec, grantedPodPrefixes } = change.wanted
    const { endpoint, privateAddresses, podPrefixes, ...rest } = spec
    const words = [
      ...Object.values(labels).map((value) => `in ${value}`),
      ...(privateAddresses ?? []),
      ...(endpoint ? [`by ${endpoint.host}`] : []),
      ...(podPrefixes ?? []),
      ...grantedPodPrefixes.map((prefix) => `granted ${prefix}`),
      ...Object.entries(rest).map(([field, value]) => `${field} ${value}`),
    ]
    return [change.kind, change.name, ...words].join(' ')
  })
  const sentences = [...problems].flatMap(([name, own]) =>
    own.map(({ reason, message }) => `! ${name} ${reason}: ${message}`),
  )
  return [...changes, ...sentences].join('\n')
}

const WEST = { labels: { 'topology.kubernetes.io/region': 'west' } }

describe('the MeshNodes of a cluster', () => {
  test('are made for its Nodes, and written when their agents said how long the subnets are', () => {
    expect(planText(viewOf([coreNode('a', { ...WEST, podCIDRs: ['10.42.1.0/24'] })]))).toBe(
      'create a in west 10.42.1.0/24',
    )
    expect(planText(viewOf([known('a', 1, WEST)]))).toBe('write a in west 172.31.0.1/20 10.42.1.0/24')
  })

  test('are not written again where they say that already, in whatever order, with defaults, and with more that people wrote', () => {
    const [node] = known('a', 1, WEST)
    const spec = {
      gateway: 'allow',
      offeredPrefixes: [],
      podPrefixes: ['10.42.1.0/24'],
      privateAddresses: ['172.31.0.1/20'],
      lan: '172.16.0.1',
    }
    const labels = { 'topology.kubernetes.io/region': 'west', 'app.kubernetes.io/managed-by': 'damask' }
    const granted = { site: 'west', slot: 1 }
    expect(
      planText(viewOf([node, meshNode('a', { spec, labels, granted, status: { addresses: ['172.31.0.1/20'] } })])),
    ).toBe('')
    // The address of a machine whose links are in disorder stays.
    expect(planText(viewOf([node, meshNode('a', { spec, labels, granted, status: { addresses: [] } })]))).toBe('')
    expect(planText(viewOf([node, meshNode('a', { spec, labels, granted })]))).toBe('')
  })

  test('go with their Node, and with another of its name; those that people wrote stay', () => {
    const others = [peoples('laptop', { privateAddresses: ['10.0.0.1/24'] }), meshNode('gone')]
    expect(planText(viewOf(others))).toBe('remove gone')
    expect(planText(viewOf([coreNode('a', { uid: 'a-2' }), meshNode('a')]))).toBe('remove a')
    expect(planText(viewOf([coreNode('a'), meshNode('a', { isGoing: true })]))).toBe('')
    expect(planText(viewOf([coreNode('laptop'), ...others.slice(0, 1)]))).toBe(
      '! laptop MeshNodeTaken: there is a MeshNode laptop that a person wrote, so this Node gets none; delete that MeshNode, or write all of the node there',
    )
  })

  test('of a Node that is going stay, and none is begun', () => {
    const going = { ...coreNode('a', { podCIDRs: ['10.42.1.0/24'] }), isGoing: true }
    expect(planText(viewOf([going]))).toBe('')
    expect(planText(viewOf([going, meshNode('a')]))).toBe('write a 10.42.1.0/24')
  })

  test('are granted pod prefixes that nobody else has, where the cluster gives none', () => {
    const text = planText(
      viewOf([
        known('a', 9, { podCIDRs: [] }),
        known('b', 1),
        [coreNode('c', { createdAt: '2026-11-22T09' }), meshNode('c', { granted: { podPrefixes: ['10.42.7.0/24'] } })],
        meshNode('gone', { granted: { podPrefixes: ['10.42.0.0/24'] } }),
        peoples('laptop', { podPrefixes: ['10.42.2.0/24'] }),
      ]),
    )
    expect(text).toBe('remove gone\nwrite a 172.31.0.9/20 granted 10.42.3.0/24\nwrite b 172.31.0.1/20 10.42.1.0/24')
  })

  test('wait for what the cluster may give them', () => {
    expect(planText(viewOf([coreNode('a')], { mayBeGranted: () => false }))).toBe('create a')
    const has = meshNode('a', { granted: { podPrefixes: ['10.42.7.0/24'] } })
    expect(planText(viewOf([coreNode('a'), has], { mayBeGranted: () => false }))).toBe('')
    expect(planText(viewOf([coreNode('a', { podCIDRs: ['10.42.1.0/24'] }), has]))).toBe('write a 10.42.1.0/24')
  })

  test('that find no prefix say so, and the others go on', () => {
    const small = { network: network({ podPrefixes: ['10.42.0.0/24'] }) }
    expect(planText(viewOf([coreNode('a'), coreNode('b')], small))).toBe(
      `create a granted 10.42.0.0/24
create b
! b NoPodPrefix: no IPv4 pod prefix is left for this node in 10.42.0.0/24; widen podPrefixes of the Network, make podPrefixLengths longer, or delete nodes that are gone`,
    )
  })
})

describe('what no World can hold', () => {
  const young = { createdAt: '2026-11-22T10:30:00Z' }

  test('is left out of the younger of two, whatever their names', () => {
    const same = { external: ['203.0.113.1'] }
    expect(planText(viewOf([known('a', 1, { ...same, ...young }), known('b', 2, same)]))).toBe(
      `write b 172.31.0.2/20 by 203.0.113.1 10.42.2.0/24
write a 172.31.0.1/20 10.42.1.0/24
! a MeshNodeClash: spec.endpoint of Node/b: 203.0.113.1:51820 is already the endpoint of Node/a; until then endpoint is left out`,
    )
  })

  test('is one address in a site twice: the younger is not joined', () => {
    const twins = [known('a', 1, WEST), known('b', 1, { ...WEST, ...young, podCIDRs: ['10.42.2.0/24'] })]
    expect(planText(viewOf(twins))).toContain(
      `write b in west 10.42.2.0/24
! b MeshNodeClash: spec.privateAddresses[0] of Node/b: 172.31.0.1 is already the private address of Node/a in site west; until then the node is not joined`,
    )
  })

  test('is what contradicts a node of people, who are asked nothing', () => {
    const laptop = {
      ...peoples('z', { privateAddresses: ['10.0.0.1/24'], offeredPrefixes: ['192.168.7.0/24'] }),
      createdAt: '2026-11-22T11',
    }
    const a = known('a', 1, { annotations: { 'damask.dev/offered-prefixes': '192.168.7.0/24' } })
    expect(planText(viewOf([a, laptop]))).toMatch(
      /^write a 172\.31\.0\.1\/20 10\.42\.1\.0\/24\n! a MeshNodeClash: .*until then offeredPrefixes is left out$/,
    )
  })

  test.each([
    ['a pod prefix outside of the range', { podCIDRs: ['10.44.1.0/24'] }, '172.31.0.1/20', 'podPrefixes is left out'],
    [
      'a default route that is offered',
      { annotations: { 'damask.dev/offered-prefixes': '0.0.0.0/0' } },
      '172.31.0.1/20 10.42.1.0/24',
      'offeredPrefixes is left out',
    ],
    [
      'loopback as the endpoint',
      { annotations: { 'damask.dev/endpoint': '127.0.0.1' } },
      '172.31.0.1/20 10.42.1.0/24',
      'endpoint is left out',
    ],
    ['the address of a subnet', { internal: ['172.31.0.0'] }, '10.42.1.0/24', 'the node is not joined'],
  ])('is %s', (_, words, wanted, sentence) => {
    const [node] = known('a', 1, words)
    const text = planText(
      viewOf([node, meshNode('a', { status: { addresses: ['172.31.0.1/20', '172.31.0.0/20'] } }), known('b', 2)]),
    )
    expect(text).toContain(`write a ${wanted}\nwrite b 172.31.0.2/20 10.42.2.0/24`)
    expect(text).toMatch(/^! a MeshNodeClash: [^\n]+$/m)
    expect(text).toContain(sentence)
  })

  test('is a name that no document can have', () => {
    expect(planText(viewOf([known('a_b', 1), known('b', 2)]))).toMatch(
      /^write a_b 10\.42\.1\.0\/24\nwrite b 172\.31\.0\.2\/20 10\.42\.2\.0\/24\n! a_b MeshNodeClash: metadata\.name .*the node is not joined$/,
    )
  })

  test('is a machine with an address among pods: it waits, and whoever has the pods goes on', () => {
    const text = planText(
      viewOf([
        known('old', 1),
        [
          coreNode('new', { ...young, podCIDRs: ['10.42.9.0/24'], internal: ['10.42.1.5'] }),
          meshNode('new', { status: { addresses: ['10.42.1.5/28'] } }),
        ],
      ]),
    )
    expect(text).toContain('write old 172.31.0.1/20 10.42.1.0/24\nwrite new 10.42.9.0/24')
    expect(text).toContain('! new MeshNodeClash: spec.podPrefixes[0] of Node/old')
  })
})

test('five thousand Nodes of which one changed are planned in little time', () => {
  const address = (index: number): string =>
    `172.${16 + (index >> 12)}.${(index >> 4) & 255}.${((index & 15) << 4) + 1}`
  const all = Array.from({ length: 5000 }, (_, index): readonly [CoreNode, MeshNode] => [
    coreNode(`n${index}`, { internal: [address(index)], external: [`203.${index >> 8}.${index & 255}.1`] }),
    meshNode(`n${index}`, {
      status: { addresses: [`${address(index)}/28`] },
      granted: { podPrefixes: [`10.${index >> 8}.${index & 255}.0/24`] },
    }),
  ])
  const memory = createPlanMemory()
  const view = viewOf(all, { network: network({ podPrefixes: ['10.0.0.0/11'] }) })
  expect(planMesh(view, memory).problems.size).toBe(0)
  const coreNodes = new Map(view.coreNodes).set(
    'n7',
    coreNode('n7', { internal: [address(7)], annotations: { 'damask.dev/gateway': 'prefer' } }),
  )
  const at = performance.now()
  const { wanted } = planMesh({ ...view, coreNodes }, memory)
  const tookMs = performance.now() - at
  expect(wanted.get('n7')?.spec.gateway).toBe('prefer')
  expect(tookMs).toBeLessThan(2000)
})
