import { describe, expect, test } from 'vitest'
import { before, factsOf, meshNode, NOW, podNamed, TWO_CLOUDS } from './cluster-facts.fixture.ts'
import type { ClusterFacts, MeshNode } from './cluster-facts.ts'
import { AGENT, CONTROLLER } from './cluster-names.ts'
import { describeCluster } from './cluster-status.ts'

const [AWS_1, AWS_2, HOME_1] = TWO_CLOUDS as [MeshNode, MeshNode, MeshNode]
const WELL = factsOf(TWO_CLOUDS)

test('a cluster that is well is ready, and has a site for each cloud', () => {
  const { isReady, troubles, sites, nodes, agents, controller } = describeCluster(WELL, NOW)
  expect({ isReady, troubles }).toEqual({ isReady: true, troubles: [] })
  expect(sites).toEqual([
    {
      name: 'aws',
      nodes: 2,
      ready: 2,
      gateways: [{ name: 'aws-1', slot: 1, endpoint: '203.0.113.11:51820' }],
      pods: 4,
      secondsSinceHandshake: 20,
    },
    { name: 'home', nodes: 1, ready: 1, gateways: [{ name: 'home-1', slot: 1 }], pods: 2, secondsSinceHandshake: 75 },
  ])
  expect(nodes.map(({ name }) => name)).toEqual(['aws-1', 'aws-2', 'home-1'])
  expect(agents).toEqual({ ready: 3, total: 3, versions: [{ version: '0.3.0', nodes: 3 }] })
  expect(controller).toEqual({
    leader: 'controller-a_1234',
    secondsSinceRenewal: 2,
    pods: { ready: 1, total: 1 },
  })
})

const withAgent = (more: Parameters<typeof podNamed>[3]): Partial<ClusterFacts> => ({
  pods: [
    podNamed('agent-aws-1', AGENT, 'aws-1'),
    podNamed('agent-aws-2', AGENT, 'aws-2', more),
    podNamed('agent-home-1', AGENT, 'home-1'),
  ],
})
const without = (name: string): Partial<ClusterFacts> => ({ pods: WELL.pods.filter(({ node }) => node !== name) })
const withNode = (node: Partial<ClusterFacts['nodes'][number]>): Partial<ClusterFacts> => ({
  nodes: WELL.nodes.map((each) => (each.name === 'aws-2' ? { ...each, ...node } : each)),
})
const instead = (node: MeshNode): readonly MeshNode[] =>
  TWO_CLOUDS.map((each) => (each.name === node.name ? node : each))

describe('what is said of a node', () => {
  test.each<[what: string, said: readonly string[], facts: ClusterFacts]>([
    [
      'its agent says why it is not ready',
      ['error: this kernel has no WireGuard'],
      factsOf(instead(meshNode('aws-2', { ready: 'False', reason: 'this kernel has no WireGuard' }))),
    ],
    [
      'a condition that says the same is not said again',
      ['error: this kernel has no WireGuard', 'warning: PlanIssue: its MTU is small'],
      factsOf(
        instead(
          meshNode(
            'aws-2',
            { ready: 'False', reason: 'this kernel has no WireGuard' },
            {
              conditions: [
                { type: 'NoWireguard', message: 'this kernel has no WireGuard' },
                { type: 'PlanIssue', message: 'its MTU is small' },
              ],
            },
          ),
        ),
      ),
    ],
    [
      'its kubelet is away',
      ['error: its kubelet does not answer: Kubelet stopped posting node status.'],
      { ...WELL, ...withNode({ ready: 'Unknown', message: 'Kubelet stopped posting node status.' }) },
    ],
    [
      'Kubernetes has another reason',
      ['error: Kubernetes has it NotReady: cni plugin not initialized'],
      { ...WELL, ...withNode({ ready: 'False', message: 'cni plugin not initialized' }) },
    ],
    [
      'it has no MeshNode',
      ['error: it has no MeshNode: the controller has made none of it yet'],
      { ...WELL, meshNodes: [AWS_1, HOME_1] },
    ],
    [
      'it has no Node any more',
      ['error: the cluster has no Node of this name any more; its MeshNode goes once the controller has seen that'],
      { ...WELL, ...without('aws-2'), nodes: WELL.nodes.filter(({ name }) => name !== 'aws-2') },
    ],
    [
      'it has no agent',
      ['error: no agent: it has no pod of the DaemonSet damask-agent'],
      { ...WELL, ...without('aws-2') },
    ],
    [
      'its agent does not start',
      ['error: its agent is not ready: ImagePullBackOff: no such image'],
      { ...WELL, ...withAgent({ isReady: false, reason: 'ImagePullBackOff: no such image' }) },
    ],
    [
      'its agent came back',
      ['warning: its agent was restarted 3 times, the last time 5 min ago: it ended with 137: OOMKilled'],
      { ...WELL, ...withAgent({ restarts: 3, endedAt: NOW - 300_000, reason: 'it ended with 137: OOMKilled' }) },
    ],
    ['its agent came back yesterday', [], { ...WELL, ...withAgent({ restarts: 3, endedAt: NOW - 86_400_000 }) }],
    [
      'its agent has not said anything',
      ['error: its agent has not said anything yet'],
      factsOf([AWS_1, { name: 'aws-2', isManaged: true, takesPart: true, conditions: [] }, HOME_1]),
    ],
    [
      'nobody knows where it is',
      [
        'error: it takes no part yet, as its private address is not known: no link of it has its InternalIP, or what the annotation damask.dev/private-address says',
      ],
      factsOf(instead({ ...AWS_2, takesPart: false })),
    ],
    [
      'its agent is of another version',
      ['warning: its agent is of version 0.2.0; most are of 0.3.0'],
      factsOf(instead(meshNode('aws-2', { version: '0.2.0' }))),
    ],
    [
      'a gateway without any handshake',
      ['warning: no handshake with any other gateway yet'],
      factsOf(instead(meshNode('aws-2', { role: 'gateway', slot: 2 }))),
    ],
    [
      'a gateway that nobody hears any more',
      ['warning: the last handshake was 30 min ago: nobody sends anything, or it reaches nobody'],
      factsOf(instead(meshNode('aws-2', { role: 'gateway', slot: 2, lastHandshakeTime: before(1800) }))),
    ],
    [
      'a machine beside the cluster has no Node and no pod, and needs none',
      [],
      {
        ...factsOf(instead({ ...AWS_2, isManaged: false })),
        ...without('aws-2'),
        nodes: WELL.nodes.filter(({ name }) => name !== 'aws-2'),
      },
    ],
  ])('%s', (_, said, facts) => {
    const { nodes } = describeCluster(facts, NOW)
    const troubles = nodes.find(({ name }) => name === 'aws-2')?.troubles ?? []
    expect(troubles.map(({ severity, message }) => `${severity}: ${message}`)).toEqual(said)
  })

  test('a cluster of one site has no handshakes to miss', () => {
    const facts = factsOf([meshNode('aws-1', { role: 'gateway', slot: 1 }), AWS_2])
    expect(describeCluster(facts, NOW).nodes.flatMap(({ troubles }) => troubles)).toEqual([])
  })

  test('what may not be read is not missed, and is said once', () => {
    const facts = { ...WELL, pods: [], nodes: [], unread: ['HTTP 403'], unknown: new Set(['nodes', 'pods'] as const) }
    const { isReady, troubles, nodes } = describeCluster(facts, NOW)
    expect(troubles).toEqual([{ severity: 'warning', message: 'HTTP 403' }])
    expect(nodes.flatMap((node) => node.troubles)).toEqual([])
    expect(isReady).toBe(true)
  })

  test('what the store says of its object is said of the node; of nothing that is there, of the cluster', () => {
    const issues = [
      { severity: 'error' as const, message: 'it is left out', node: 'aws-2' },
      { severity: 'warning' as const, message: 'Site/x: unknown field' },
    ]
    const { nodes, troubles, isReady } = describeCluster(WELL, NOW, issues)
    expect(nodes[0]).toMatchObject({ name: 'aws-2', isReady: false, troubles: [{ message: 'it is left out' }] })
    expect(troubles).toEqual([{ severity: 'warning', message: 'Site/x: unknown field' }])
    expect(isReady).toBe(false)
  })
})

describe('what is said of the cluster', () => {
  test.each<[what: string, said: string, facts: Partial<ClusterFacts>]>([
    [
      'nobody leads',
      'error: no controller leads: nobody holds the Lease damask-controller',
      { lease: { durationSeconds: 15 } },
    ],
    [
      'who leads is gone',
      'error: the controller controller-a_1234 does not renew its Lease any more',
      { lease: { holder: 'controller-a_1234', renewedAt: NOW - 90_000, durationSeconds: 15 } },
    ],
    [
      'a controller does not run',
      'warning: pod controller-b, which has no node, is not ready: no node fits',
      {
        pods: [
          ...WELL.pods,
          {
            name: 'controller-b',
            workload: CONTROLLER,
            isReady: false,
            restarts: 0,
            reason: 'no node fits',
            containers: [],
          },
        ],
      },
    ],
  ])('%s', (_, said, more) => {
    const { troubles } = describeCluster({ ...WELL, ...more }, NOW)
    expect(troubles.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([expect.stringContaining(said)])
  })

  test('there is no Network', () => {
    const { network: _, ...rest } = WELL
    const { isReady, troubles } = describeCluster(rest, NOW)
    expect(troubles).toEqual([
      { severity: 'error', message: 'there is no Network "default"; `damask install` makes it' },
    ])
    expect(isReady).toBe(false)
  })

  test('a cluster without nodes is not ready', () => {
    expect(describeCluster(factsOf([]), NOW).isReady).toBe(false)
  })
})

test('nodes with errors come first, then those with warnings', () => {
  const facts = factsOf([
    meshNode('a'),
    meshNode('b', { version: '0.2.0' }),
    meshNode('c', { ready: 'False', reason: 'why' }),
    meshNode('d'),
  ])
  expect(describeCluster(facts, NOW).nodes.map(({ name }) => name)).toEqual(['c', 'b', 'a', 'd'])
})

test('while the pod of an agent is replaced, the one that is ready counts', () => {
  const pods = [
    podNamed('old', AGENT, 'aws-1', { isReady: false }),
    ...WELL.pods,
    podNamed('older', AGENT, 'aws-1', { isReady: false }),
  ]
  expect(describeCluster({ ...WELL, pods }, NOW).nodes.flatMap(({ troubles }) => troubles)).toEqual([])
})
