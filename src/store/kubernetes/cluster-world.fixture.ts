// Objects of a small cluster, and what a store makes of them as they change.
import type { ReadResult } from '../assemble-world.ts'
import { createCacheReader } from './cache-reader.ts'
import type { KubernetesObject } from './kubernetes-api.ts'
import { type ObjectKind, type ObjectRecord, recordOf } from './object-record.ts'

export type ClusterWorld = {
  readonly put: (kind: ObjectKind, object: KubernetesObject) => void
  readonly remove: (kind: ObjectKind, name: string) => void
  readonly read: () => ReadResult
}

export function createClusterWorld(): ClusterWorld {
  const records: Record<ObjectKind, Map<string, ObjectRecord>> = {
    Network: new Map(),
    Site: new Map(),
    MeshNode: new Map(),
  }
  const cacheOf = (kind: ObjectKind) => ({ values: () => records[kind] })
  return {
    put: (kind, object) => void records[kind].set(object.metadata.name, recordOf(kind, object)),
    remove: (kind, name) => void records[kind].delete(name),
    read: createCacheReader({
      Network: cacheOf('Network'),
      Site: cacheOf('Site'),
      MeshNode: cacheOf('MeshNode'),
    }),
  }
}

export const network = (spec: object = {}, name = 'default'): KubernetesObject => ({
  metadata: { name, uid: `network ${name}`, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { podPrefixes: ['10.42.0.0/16'], sites: { by: 'field' }, ...spec },
})

export const site = (name: string, spec: object): KubernetesObject => ({
  metadata: { name, uid: `site ${name}`, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec,
})

/** Older ones have lower numbers; with a label and managed fields, as they come from a cluster. */
export const meshNode = (number: number, spec: object = {}, more: object = {}): KubernetesObject => ({
  apiVersion: 'damask.dev/v1alpha1',
  kind: 'MeshNode',
  metadata: {
    name: `n${number}`,
    uid: `node ${number}`,
    resourceVersion: '1',
    generation: 3,
    creationTimestamp: `2026-01-01T00:00:${String(number % 60).padStart(2, '0')}Z`,
    labels: { zone: 'z' },
    annotations: { a: 'b' },
    ...{ managedFields: [{ manager: 'damask-nodes' }] },
  },
  spec: { site: 'aws', privateAddresses: [`172.31.0.${number}/20`], podPrefixes: [`10.42.${number}.0/24`], ...spec },
  ...more,
})
