// The API of a cluster as a store: the controller writes MeshNodes and their grants into it, agents their status, people the rest.
import { isDeepStrictEqual } from 'node:util'
import { API_VERSION, type NodeGrant, type NodeReport, type NodeStatus } from '../../model/index.ts'
import type { Issue } from '../issue.ts'
import type { Store, StoreTrouble } from '../store.ts'
import { isApiFailure } from './api-failure.ts'
import { createCacheReader } from './cache-reader.ts'
import type { CollectionCache, CollectionWatch } from './collection-cache.ts'
import { MESH_NODES, NETWORKS, SITES } from './damask-collections.ts'
import type { Collection, KubernetesApi, KubernetesObject } from './kubernetes-api.ts'
import { statusBody } from './mesh-node-status.ts'
import { type ObjectKind, type ObjectRecord, recordOf } from './object-record.ts'
import { watchCollection } from './watch-collection.ts'
import { withinTime } from './within-time.ts'
import { createWriteEcho } from './write-echo.ts'

export type KubernetesStoreOptions = Pick<CollectionWatch<unknown>, 'clock' | 'log' | 'spread'> & {
  readonly api: KubernetesApi
  /** Called by `close`: what was opened for this store alone. */
  readonly close?: () => void
}

/** Milliseconds for the first list of everything. */
const READ_LIMIT = 10_000

/** It begins to listen at once. */
export function openKubernetesStore({ api, clock, log, spread, close }: KubernetesStoreOptions): Store {
  const listeners = new Set<() => void>()
  const echo = createWriteEcho(clock)
  /** By node, the whole of it; only of nodes whose status was written here. */
  const statuses = new Map<string, unknown>()

  const follow = (kind: ObjectKind, collection: Collection): CollectionCache<ObjectRecord> =>
    watchCollection({
      api,
      collection,
      clock,
      log,
      ...(spread !== undefined && { spread }),
      onChange() {
        for (const listener of [...listeners]) listener()
      },
      project(object) {
        if (kind === 'MeshNode') hear(object)
        return recordOf(kind, object)
      },
    })

  function hear(object: KubernetesObject): void {
    const { name } = object.metadata
    if (statuses.has(name)) statuses.set(name, object.status ?? {})
    echo.hear(object)
  }

  const networks = follow('Network', NETWORKS)
  const sites = follow('Site', SITES)
  const nodes = follow('MeshNode', MESH_NODES)
  const caches = { Network: networks, Site: sites, MeshNode: nodes } as const

  const readCaches = createCacheReader(caches)

  async function listed(): Promise<void> {
    const all = Object.values(caches)
    const late = (): Error => {
      return new Error(troubleOf(all)?.message ?? `no answer within ${READ_LIMIT / 1000} s`)
    }
    try {
      await withinTime(clock, READ_LIMIT, Promise.all(all.map((cache) => cache.listed())), late)
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause)
      const hint = isApiFailure(cause) && cause.status === 404 ? '; is Damask installed there ("damask install")?' : ''
      throw new Error(`cannot read the network from the cluster: ${said}${hint}`, { cause })
    }
  }

  async function recordOfNode(name: string): Promise<ObjectRecord | undefined> {
    await listed()
    return nodes.values()?.get(name)
  }

  async function apply(
    name: string,
    body: object,
    how: Parameters<KubernetesApi['apply']>[2],
  ): Promise<KubernetesObject> {
    const expectation = echo.expect(name)
    try {
      const written = await api.apply(MESH_NODES, { ...meshNode(name), ...body }, how)
      await expectation.comes(written)
      return written
    } finally {
      expectation.stop()
    }
  }

  async function writeStatus(status: NodeStatus, report: NodeReport | undefined): Promise<boolean> {
    const { name } = status
    const cannot = (why: string, cause?: unknown): Error =>
      new Error(`cannot write the status of node ${name}: ${why}`, { cause })
    const isGone = nodes.values()?.has(name) === false
    if (isGone || !statuses.has(name)) {
      const object = await api.get(MESH_NODES, name)
      if (object === undefined) {
        statuses.delete(name)
        throw cannot('the cluster has no MeshNode of this name (yet); the controller makes one of each node')
      }
      statuses.set(name, object.status ?? {})
    }
    const body = statusBody(status, report)
    if (isDeepStrictEqual(statuses.get(name), body)) return false
    try {
      const how = { fieldManager: 'damask-agent', force: true, subresource: 'status' } as const
      const written = await apply(name, { status: body }, how)
      statuses.set(name, written.status ?? {})
      return true
    } catch (cause) {
      // What the cluster holds now is not known.
      statuses.delete(name)
      throw cannot(cause instanceof Error ? cause.message : String(cause), cause)
    }
  }

  async function writeGrant({ name, site, slot }: NodeGrant): Promise<boolean> {
    const record = await recordOfNode(name)
    if (record === undefined)
      throw new Error(`cannot write the grant of node ${name}: the cluster has no MeshNode of this name`)
    const granted = { ...(site !== undefined && { site }), ...(slot !== undefined && { slot }) }
    if (isDeepStrictEqual(grantedIn(record), granted)) return false
    try {
      await apply(name, { metadata: { name, uid: record.uid }, granted }, { fieldManager: 'damask-slots' })
      return true
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause)
      const why =
        isApiFailure(cause) && cause.status === 409
          ? `a person granted it another one, or it was made anew: ${said}`
          : said
      throw new Error(`cannot write the grant of node ${name}: ${why}`, { cause })
    }
  }

  async function removeGrant(name: string): Promise<boolean> {
    const record = await recordOfNode(name)
    if (record?.grant === undefined) return false
    const written = await apply(name, { metadata: { name, uid: record.uid } }, { fieldManager: 'damask-slots' })
    if (recordOf('MeshNode', written).grant !== undefined)
      throw new Error(
        `cannot remove the grant of node ${name}: a person wrote it; take it out of MeshNode/${name} there`,
      )
    return true
  }

  return {
    async read() {
      await listed()
      return readCaches()
    },
    watch(onChange) {
      const listener = (): void => onChange()
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    trouble: () => troubleOf(Object.values(caches)),
    writeStatus,
    writeGrant,
    removeGrant,
    async grantedNodes() {
      await listed()
      return [...(nodes.values() ?? [])]
        .flatMap(([name, record]) => (grantedIn(record).slot === undefined ? [] : [name]))
        .sort()
    },
    formatIssue: formatClusterIssue,
    takesNewcomers: true,
    close() {
      listeners.clear()
      for (const cache of Object.values(caches)) cache.close()
      close?.()
    },
  }
}

/** The one that lasts longest. */
const troubleOf = (caches: readonly Pick<CollectionCache<unknown>, 'trouble'>[]): StoreTrouble | undefined =>
  caches.flatMap((cache) => cache.trouble() ?? []).toSorted((a, b) => a.since - b.since)[0]

const meshNode = (name: string): KubernetesObject => ({ apiVersion: API_VERSION, kind: 'MeshNode', metadata: { name } })

const grantedIn = ({ grant }: ObjectRecord): { readonly site?: string; readonly slot?: number } =>
  grant === undefined ? {} : JSON.parse(grant).granted

/** An object in a cluster has no lines. */
const formatClusterIssue = ({ file, message, severity }: Issue): string =>
  `${file}: ${severity === 'warning' ? 'warning: ' : ''}${message}`
