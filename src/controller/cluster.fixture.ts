// Objects of a cluster, of which a test says only what it is about.
import { type Network, readResource } from '../model/index.ts'
import type { KubernetesObject } from '../store/index.ts'
import { type CoreNode, projectCoreNode } from './core-node.ts'

export const networkObject = (spec: object = {}): KubernetesObject => ({
  apiVersion: 'damask.dev/v1alpha1',
  kind: 'Network',
  metadata: { name: 'default' },
  spec: { podPrefixes: ['10.42.0.0/16'], sites: { by: 'label', label: 'topology.kubernetes.io/region' }, ...spec },
})

export function network(spec: object = {}): Network {
  const read = readResource(networkObject(spec))
  if (read.kind === 'broken' || read.resource.kind !== 'Network') throw new Error(JSON.stringify(read))
  return read.resource.value
}

export type NodeWords = {
  readonly uid?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly podCIDRs?: readonly string[]
  readonly internal?: readonly string[]
  readonly external?: readonly string[]
  readonly createdAt?: string
}

export const nodeObject = (name: string, words: NodeWords = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    ...(words.uid !== undefined && { uid: words.uid }),
    ...(words.createdAt !== undefined && { creationTimestamp: words.createdAt }),
    labels: words.labels ?? {},
    annotations: words.annotations ?? {},
  },
  spec: words.podCIDRs === undefined ? {} : { podCIDR: words.podCIDRs[0], podCIDRs: words.podCIDRs },
  status: {
    addresses: [
      { type: 'Hostname', address: name },
      ...(words.internal ?? ['172.31.0.11']).map((address) => ({ type: 'InternalIP', address })),
      ...(words.external ?? []).map((address) => ({ type: 'ExternalIP', address })),
    ],
  },
})

export const coreNode = (name: string, words: NodeWords = {}): CoreNode =>
  projectCoreNode(nodeObject(name, { uid: `${name}-1`, createdAt: '2026-11-22T10:00:00Z', ...words }))
