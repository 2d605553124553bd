import { describe, expect, test } from 'vitest'
import type { ClusterFacts, Distribution, NodeFact } from './cluster-facts.ts'
import { groupFindings } from './finding.ts'
import { judgeCluster } from './judge-cluster.ts'
import { judgeServer } from './judge-server.ts'

const node = (name: string, fields: Partial<NodeFact> = {}): NodeFact => ({
  name,
  internalAddresses: [`172.31.0.${name.slice(1)}`],
  podPrefixes: [`10.42.${name.slice(1)}.0/24`],
  isAnswering: true,
  isReady: false,
  ...fields,
})
const GOOD: ClusterFacts = {
  version: 'v1.36.3',
  distribution: 'kubeadm',
  pods: { prefixes: ['10.42.0.0/16'], source: 'ConfigMap kubeadm-config' },
  services: { prefixes: ['10.43.0.0/16'], source: 'ServiceCIDR objects' },
  nodes: [node('n1'), node('n2')],
  daemonSets: [{ namespace: 'kube-system', name: 'kube-proxy', images: ['registry.k8s.io/kube-proxy:v1.36.3'] }],
}

const judged = (facts: Partial<ClusterFacts>, fabric?: string): readonly string[] =>
  groupFindings(judgeCluster({ ...GOOD, ...facts }, fabric === undefined ? {} : { fabric }))
    .filter(({ severity }) => severity !== 'ok')
    .map(({ severity, topic, what, nodes = [] }) => `${severity} ${topic}: ${what} [${nodes.join(' ')}]`)

test('a cluster as it should be is told so', () => {
  expect(judgeCluster(GOOD).map(({ severity, what }) => `${severity} ${what}`)).toEqual([
    'ok Kubernetes v1.36.3',
    'ok pods have 10.42.0.0/16 (ConfigMap kubeadm-config)',
    'ok services have 10.43.0.0/16 (ServiceCIDR objects)',
  ])
})

describe.each<[name: string, facts: Partial<ClusterFacts>, findings: readonly string[]]>([
  [
    'too old',
    { version: 'v1.29.15+k3s1' },
    [
      "error cluster: Kubernetes is v1.29.15+k3s1, and Damask supports 1.30 and newer, where an agent's token is bound to its node []",
    ],
  ],
  ['as managed clouds write it', { version: 'v1.30.4-gke.12' }, []],
  ['nobody says the range of pods', { pods: { problem: 'say --pod-prefix' } }, ['error ranges: say --pod-prefix []']],
  [
    'pods meet services',
    { services: { prefixes: ['10.42.128.0/17'], source: 'x' } },
    ['error ranges: the range 10.42.0.0/16 of pods meets the range 10.42.128.0/17 of services []'],
  ],
  [
    'host bits in what a node has',
    { nodes: [node('n1', { podPrefixes: ['10.42.1.7/24'] }), node('n2')] },
    ['warning ranges: a node has the pod prefix 10.42.1.7/24, which has host bits, and is taken as 10.42.1.0/24 [n1]'],
  ],
  [
    'nodes of another pool are one finding',
    { nodes: [node('n1', { podPrefixes: ['10.99.1.0/24'] }), node('n2', { podPrefixes: ['10.99.2.0/24'] })] },
    ['error ranges: nodes have pod prefixes outside of 10.42.0.0/16: they are of another pool [n1 n2]'],
  ],
  [
    'two nodes have the same',
    { nodes: [node('n1'), node('n2', { podPrefixes: ['10.42.1.0/25'] })] },
    ['error ranges: two nodes have pod prefixes that meet: 10.42.1.0/24 and 10.42.1.0/25 [n1 n2]'],
  ],
  [
    'one node has none',
    { nodes: [node('n1'), node('n2', { podPrefixes: [] })] },
    ['warning ranges: nodes have no pod prefix, while others have [n2]'],
  ],
  ['none has one, and the controller will give them', { nodes: [node('n1', { podPrefixes: [] })] }, []],
  [
    'a family is missing',
    { pods: { prefixes: ['10.42.0.0/16', 'fd42::/56'], source: 'x' }, nodes: [node('n1')] },
    ['warning ranges: nodes have no pod prefix of IPv6, although pods have a range of it [n1]'],
  ],
  [
    "a node's address is a pod's",
    { nodes: [node('n1', { internalAddresses: ['10.42.1.9', 'fd00::1'] })] },
    ['error ranges: the address of a node lies in the range 10.42.0.0/16 of pods [n1]'],
  ],
  [
    'a node whose kubelet is away',
    { nodes: [node('n1'), node('n2', { isAnswering: false })] },
    ['warning nodes: the kubelet does not answer, so that the machine could not be looked at [n2]'],
  ],
])('%s', (_, facts, findings) => {
  test(findings[0] ?? 'nothing is said', () => expect(judged(facts)).toEqual(findings))
})

test.each([
  ['Flannel', 'kube-flannel', 'kube-flannel-ds', 'ghcr.io/flannel-io/flannel:v0.27.4'],
  ['Calico', 'calico-system', 'calico-node', 'quay.io/calico/node:v3.31'],
  ['Cilium', 'kube-system', 'cilium', 'quay.io/cilium/cilium:v1.18@sha256:abc'],
  ['Kilo', 'kube-system', 'kilo', 'squat/kilo:0.7'],
  ['Weave Net', 'kube-system', 'weave-net', 'weaveworks/weave-kube:2.8'],
  ['kindnet', 'kube-system', 'kindnet', 'docker.io/kindest/kindnetd:v2025'],
  ['kube-router', 'kube-system', 'kube-router', 'cloudnativelabs/kube-router'],
  ['Antrea', 'kube-system', 'antrea-agent', 'antrea/antrea-agent-ubuntu'],
  ['Amazon VPC CNI', 'kube-system', 'aws-node', 'amazon-k8s-cni:v1.20'],
  ['Flannel', 'net', 'renamed', 'registry.example:5000/flannel/flannel:v1'],
])('%s is known by %s/%s', (plugin, namespace, name, image) => {
  const daemonSets = [...GOOD.daemonSets, { namespace, name, images: [image] }]
  expect(judged({ daemonSets })).toEqual([
    `error plugins: another network plugin is here: ${plugin}, DaemonSet ${namespace}/${name} []`,
  ])
  expect(judged({ daemonSets }, 'none')).toEqual([])
})

describe('a certificate that does not name the address says which setting adds it', () => {
  const look = {
    url: 'https://203.0.113.10:6443',
    host: '203.0.113.10',
    outcome: 'foreign',
    names: ['kubernetes', '10.43.0.1'],
  } as const
  test.each<[Distribution, string]>([
    ['kubeadm', 'apiServer.certSANs'],
    ['k3s', '--tls-san 203.0.113.10'],
    ['rke2', '/etc/rancher/rke2/config.yaml'],
    ['kind', 'certSANs: [203.0.113.10]'],
    ['unknown', '--tls-cert-file'],
  ])('%s: %s', (distribution, words) => {
    const { severity, what, advice } = judgeServer(look, distribution)
    expect(severity).toBe('error')
    expect(what).toContain('does not name 203.0.113.10, and agents refuse it; it names kubernetes, 10.43.0.1')
    expect(advice).toContain(words)
  })
  test('one that does is good, and one that does not answer says why', () => {
    expect(judgeServer({ ...look, outcome: 'named' }, 'k3s').severity).toBe('ok')
    expect(judgeServer({ ...look, outcome: 'silent', said: 'ECONNREFUSED' }, 'k3s').what).toBe(
      'https://203.0.113.10:6443 does not answer: ECONNREFUSED',
    )
  })
})
