// Brings a lab up from files and waits until its nodes have converged.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Lab, World } from '../model/index.ts'
import { allEnded } from './all-ended.ts'
import {
  addPods,
  buildUnderlay,
  claimFolder,
  prepareStores,
  type Standing,
  startNode,
  startRouters,
} from './bring-up.ts'
import { needsController } from './controller-process.ts'
import { LABS_FOLDER, type LabRecord, type LabTools } from './lab-record.ts'
import { layOut } from './layout.ts'
import { keepCopyingStatuses } from './node-store.ts'
import { processRecord } from './process-record.ts'
import type { LabProgress } from './progress.ts'
import { type Readiness, waitUntilReady } from './readiness.ts'
import { tearDown } from './tear-down.ts'

export type LabOptions = {
  /** Without issues: ask `layoutIssues` first. */
  readonly world: World
  readonly lab: Lab
  /** The files and folders that the world was read from. */
  readonly sources: readonly string[]
  readonly tools: LabTools
  readonly progress: LabProgress
  /** Milliseconds from any start. */
  readonly clock: () => number
  readonly signal: AbortSignal
}

export type Up = {
  readonly standing: Standing
  /** Nodes that were not ready when the time was up. */
  readonly late: readonly Readiness[]
  readonly seconds: { readonly up: number; readonly converged: number }
}

const READY_LIMIT_MILLISECONDS = 120_000
/** Their routes alone are to be made. */
const PODS_LIMIT_MILLISECONDS = 30_000

/** Where it throws, nothing is left of the lab. */
export async function bringUp(options: LabOptions, mode: LabRecord['mode']): Promise<Up> {
  const { world, lab, sources, tools, signal } = options
  if (process.getuid?.() !== 0) throw new Error('a lab makes network namespaces, which only root may; try it with sudo')
  const id = randomBytes(3).toString('hex')
  const standing = claimFolder(
    {
      folder: join(LABS_FOLDER, mode === 'up' ? lab.name : `${lab.name}-${id}`),
      mode,
      owner: processRecord(process.pid),
      tools,
      layout: layOut(world, lab, id),
      stores: lab.stores,
      processes: [],
      routers: [],
      pods: [],
    },
    sources,
  )
  try {
    return { standing, ...(await build(standing, options)) }
  } catch (error) {
    await tearDown(standing.record)
    throw signal.aborted ? signal.reason : error
  }
}

async function build(
  standing: Standing,
  { world, progress, clock, signal }: LabOptions,
): Promise<Omit<Up, 'standing'>> {
  const { id, nodes, clouds } = standing.record.layout
  const start = clock()
  progress.phase(`building ${clouds.length} clouds and ${nodes.length} nodes, in namespaces dmk-${id}-*`)
  await buildUnderlay(standing.record, signal)
  await startRouters(standing, signal)
  await prepareStores(standing, needsController(world), signal)
  for (const node of nodes) {
    signal.throwIfAborted()
    await startNode(standing, node)
  }
  const built = clock()
  const copying = standing.record.stores === 'own' ? keepCopyingStatuses(standing.record) : undefined
  try {
    const late = await converge(standing, progress, signal)
    return { late, seconds: { up: secondsBetween(start, built), converged: secondsBetween(built, clock()) } }
  } finally {
    copying?.close()
  }
}

async function converge(standing: Standing, progress: LabProgress, signal: AbortSignal): Promise<Up['late']> {
  const { nodes } = standing.record.layout
  progress.phase('agents started; waiting until every node has its plan applied and has heard of its peers')
  // Pods come after: one that is added before its node knows of all others may get an MTU that is too large later.
  await waitUntilReady(standing.record, READY_LIMIT_MILLISECONDS, signal, progress.ready)
  const pods = nodes.reduce((sum, node) => sum + node.pods.length, 0)
  if (pods > 0) progress.phase(`adding ${pods} pods`)
  await allEnded(nodes.map((node) => addPods(standing, node, signal)))
  const late = await waitUntilReady(standing.record, PODS_LIMIT_MILLISECONDS, signal, progress.ready)
  for (const { node, reason } of late) progress.note(`node ${node} is not ready: ${reason}`)
  return late
}

/** To a tenth. */
export const secondsBetween = (start: number, end: number): number => Math.round((end - start) / 100) / 10
