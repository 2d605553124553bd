// Clusters in memory, as the API server would tell of them.
import type { ClusterFacts, MeshNode, Report } from './cluster-facts.ts'
import { AGENT, CONTROLLER } from './cluster-names.ts'
import type { ClusterPod } from './cluster-pod.ts'

export const NOW = Date.UTC(2026, 10, 22, 12, 30)

/** RFC 3339. */
export const before = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString()

export const podNamed = (name: string, workload: string, node: string, more: Partial<ClusterPod> = {}): ClusterPod => ({
  name,
  workload,
  node,
  isReady: true,
  restarts: 0,
  containers: ['agent'],
  ...more,
})

export const meshNode = (name: string, report: Report = {}, more: Partial<MeshNode> = {}): MeshNode => ({
  name,
  isManaged: true,
  takesPart: true,
  report: { site: name.replace(/-.*/, ''), role: 'member', ready: 'True', pods: 2, version: '0.3.0', ...report },
  conditions: [],
  ...more,
})

/** All is well: a node for each MeshNode, with an agent. */
export function factsOf(meshNodes: readonly MeshNode[], more: Partial<ClusterFacts> = {}): ClusterFacts {
  return {
    server: 'https://203.0.113.11:6443',
    kubernetes: 'v1.36.0',
    network: { podPrefixes: ['10.42.0.0/16'], sites: { by: 'label', label: 'topology.kubernetes.io/region' } },
    nodes: meshNodes.map(({ name }) => ({ name, isLinux: true, ready: 'True' })),
    meshNodes,
    pods: [
      ...meshNodes.map(({ name }) => podNamed(`agent-${name}`, AGENT, name)),
      podNamed('controller-a', CONTROLLER, 'aws-1'),
    ],
    lease: { holder: 'controller-a_1234', renewedAt: NOW - 2000, durationSeconds: 15 },
    unread: [],
    unknown: new Set(),
    ...more,
  }
}

const gateway = (slot: number, seconds: number): Report => ({
  role: 'gateway',
  slot,
  lastHandshakeTime: before(seconds),
})

export const TWO_CLOUDS: readonly MeshNode[] = [
  meshNode('aws-1', { ...gateway(1, 20), endpoint: '203.0.113.11:51820' }),
  meshNode('aws-2'),
  meshNode('home-1', gateway(1, 75)),
]
