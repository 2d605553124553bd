// Keeps the MeshNodes of a cluster what its Nodes say they should be: looks at all of it after each change, and writes what differs.
import { type CollectionCache, type KubernetesApi, type KubernetesObject, watchCollection } from '../store/index.ts'
import { createBell } from './bell.ts'
import { type ControllerClock, type ControllerLog, messageOf, rest } from './controller-clock.ts'
import { CORE_NODES, type CoreNode, projectCoreNode } from './core-node.ts'
import { createFailurePauses } from './failure-pauses.ts'
import { createGrantPatience } from './grant-patience.ts'
import { inParallel } from './in-parallel.ts'
import { projectNetwork, projectSite } from './mesh-documents.ts'
import { MESH_NODES, type MeshNode, NETWORKS, projectMeshNode, SITES } from './mesh-node.ts'
import { type MeshNodeChange, meshNodeChanges, writtenText } from './mesh-node-changes.ts'
import { makeMeshNodeChange } from './mesh-node-writer.ts'
import { createPlanMemory, planMesh, type WantedMeshNode } from './mesh-plan.ts'
import { createNodeEvents } from './node-events.ts'
import { type LastGranted, lastGrantedOf } from './pod-prefix-grants.ts'
import { createRecentWrites } from './recent-writes.ts'

export type NodeSyncOptions = {
  readonly api: KubernetesApi
  readonly clock: ControllerClock
  readonly log: ControllerLog
  readonly signal: AbortSignal
}

/** Requests. A hundred nodes that join at once are no reason to ask more of an API server. */
const MOST_AT_ONCE = 16
/** Between two looks: five thousand agents that start anew are looked at some times a second. */
const REST_MS = 200
/** Of the time that there is, so much at most goes into looking. */
const LOOKING_SHARE = 0.3
const LONGEST_REST_MS = 5000
/** Where a first list fails. */
const LIST_AGAIN_MS = 2000
const NETWORK_NAME = 'default'

/** Resolves once the signal is aborted and nothing is being written any more. Never rejects. */
export async function syncNodes({ api, clock, log, signal }: NodeSyncOptions): Promise<void> {
  const bell = createBell()
  const now = (): number => clock.now()
  const recent = createRecentWrites(now)
  const pauses = createFailurePauses(now)
  const patience = createGrantPatience(now)
  const events = createNodeEvents(api, clock, log)
  const memory = createPlanMemory()
  /** By name: what was wanted and what came of it, where the server has more than we wrote. Written again it would be the same. */
  const unequal = new Map<string, string>()
  let last: LastGranted | undefined
  let networkTrouble = ''
  let restMs = REST_MS

  const watch = <Value>(collection: typeof CORE_NODES, project: (object: KubernetesObject) => Value | undefined) =>
    watchCollection({ api, collection, project, onChange: bell.ring, clock, log })
  const networks = watch(NETWORKS, projectNetwork)
  const sites = watch(SITES, projectSite)
  const nodes = watch(CORE_NODES, projectCoreNode)
  const meshNodes = watch(MESH_NODES, (object) => {
    recent.heard(object.metadata.name, object.metadata.resourceVersion)
    return projectMeshNode(object)
  })
  const caches = [networks, sites, nodes, meshNodes]
  signal.addEventListener('abort', bell.ring, { once: true })

  /** After how many milliseconds to look again in any case. */
  async function look(): Promise<number | undefined> {
    const startedAt = clock.now()
    const coreNodes = new Map(nodes.values())
    const seen = recent.over(meshNodes.values() ?? new Map<string, MeshNode>())
    const { wanted, problems } = plan(coreNodes, seen)
    const changes = meshNodeChanges(wanted, coreNodes, seen).filter((change) => !isUnequal(change))
    const tookMs = clock.now() - startedAt
    restMs = Math.min(Math.max(REST_MS, tookMs / LOOKING_SHARE), LONGEST_REST_MS)
    const due = changes.filter(({ name }) => pauses.pauseOf(name) === 0)
    await inParallel(due, MOST_AT_ONCE, make)
    if (problems !== undefined && !signal.aborted) await events.report(problems, coreNodes)
    forgetGone(seen)
    const waits = changes.map(({ name }) => pauses.pauseOf(name)).filter((pause) => pause > 0)
    const soonest = Math.min(...waits, patience.pauseMs() ?? Infinity)
    return Number.isFinite(soonest) ? soonest : undefined
  }

  function plan(coreNodes: ReadonlyMap<string, CoreNode>, seen: ReadonlyMap<string, MeshNode>) {
    const document = networks.values()?.get(NETWORK_NAME)
    sayNetwork(document === undefined ? ['there is none'] : document.kind === 'broken' ? document.problems : [])
    if (document?.kind !== 'network') return { wanted: new Map<string, WantedMeshNode>(), problems: undefined }
    last ??= lastGrantedOf([...seen.values()])
    const view = {
      network: document.network,
      sites: [...(sites.values()?.values() ?? [])],
      coreNodes,
      meshNodes: seen,
      mayBeGranted: patience.judge([...coreNodes.values()]),
      last,
    }
    const planned = planMesh(view, memory)
    last = planned.last
    return planned
  }

  function forgetGone(seen: ReadonlyMap<string, MeshNode>): void {
    for (const name of unequal.keys()) if (!seen.has(name)) unequal.delete(name)
  }

  function sayNetwork(problems: readonly string[]): void {
    const trouble = problems.join('; ')
    if (trouble !== networkTrouble && trouble !== '')
      log.warn({}, `the Network ${NETWORK_NAME} cannot be used: ${trouble}; nodes stay as they are until it can`)
    networkTrouble = trouble
  }

  const isUnequal = (change: MeshNodeChange): boolean =>
    change.kind === 'write' && unequal.get(change.name) === unequalText(change.wanted, change.before)

  async function make(change: MeshNodeChange): Promise<void> {
    const { name } = change
    if (signal.aborted) return
    try {
      const { sentence, meshNode, isEarly } = await makeMeshNodeChange(change, api, recent)
      if (isEarly) pauses.failed(name, 'the watch is behind')
      else pauses.succeeded(name)
      if (sentence !== undefined) log.info({ node: name }, sentence)
      if (meshNode !== undefined && change.kind !== 'remove') unequal.set(name, unequalText(change.wanted, meshNode))
    } catch (cause) {
      const message = `cannot ${change.kind} MeshNode ${name}: ${messageOf(cause)}`
      if (pauses.failed(name, message)) log.warn({ node: name }, `${message}; it is tried again`)
    }
  }

  if (await areListed(caches, { clock, log, signal })) {
    while (!signal.aborted) {
      const pause = await look()
      const cancel = pause === undefined ? () => {} : clock.after(pause, bell.ring)
      if (!signal.aborted) await bell.rung()
      cancel()
      await rest(clock, restMs, signal)
    }
  }
  for (const cache of caches) cache.close()
}

const unequalText = (wanted: WantedMeshNode, before: MeshNode): string =>
  `${writtenText(wanted)} ${before.uid} ${writtenText(before)}`

/** False: aborted before. */
async function areListed(
  caches: readonly CollectionCache<unknown>[],
  { clock, log, signal }: Omit<NodeSyncOptions, 'api'>,
): Promise<boolean> {
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  let said = ''
  while (!signal.aborted) {
    const trouble = await Promise.race([
      Promise.all(caches.map((cache) => cache.listed())).then(() => undefined, messageOf),
      aborted.then(() => ''),
    ])
    if (trouble === undefined) return true
    if (!signal.aborted && trouble !== said) log.warn({}, `the nodes of the cluster are not known yet: ${trouble}`)
    said = trouble
    await rest(clock, LIST_AGAIN_MS, signal)
  }
  return false
}
