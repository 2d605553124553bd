// Builds a lab from the outside in: the internet, the clouds, the nodes, their agents, the pods. Each process is written
// down as soon as it runs, so that whoever finds the folder can take all of it away.
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CNI_SOCKET } from '../agent/index.ts'
import { endOfAgentLog, startAgent } from './agent-process.ts'
import { buildCloud } from './cloud.ts'
import { grantOnce, startController } from './controller-process.ts'
import { buildInternet } from './internet.ts'
import {
  cloudFolder,
  createRecord,
  type LabProcess,
  type LabRecord,
  nodeFolder,
  saveRecord,
  worldFolder,
} from './lab-record.ts'
import type { NodeLayout } from './layout.ts'
import { startHolder } from './node-holder.ts'
import { buildNode } from './node-link.ts'
import { handOutDocuments, storeFolder } from './node-store.ts'
import { addPod } from './pod.ts'
import { isRunning } from './process-record.ts'
import { startRouter, waitForAdvertisedRoutes } from './router-advertisements.ts'

const POD_LIMIT_MILLISECONDS = 60_000
const POLL_MILLISECONDS = 20

/** The lab as it stands now; `save` follows every step. */
export type Standing = { record: LabRecord }

/** Claims the folder and writes the world's documents into it: agents follow what is edited there. */
export function claimFolder(record: LabRecord, sources: readonly string[]): Standing {
  createRecord(record)
  mkdirSync(worldFolder(record))
  for (const source of sources) {
    // What agents of another time said of themselves is not part of this world.
    cpSync(source, join(worldFolder(record), basename(source)), {
      recursive: true,
      filter: (path) => basename(path) !== 'status',
    })
  }
  return { record }
}

/** Everything that a cloud's owner would have set up: machines with addresses, and no agent yet. */
export async function buildUnderlay(record: LabRecord, signal: AbortSignal): Promise<void> {
  const { layout } = record
  await buildInternet(layout)
  for (const cloud of layout.clouds) await buildCloud(layout.internet, cloud, layout.nodes)
  for (const node of layout.nodes) {
    signal.throwIfAborted()
    await buildNode(cloudOf(record, node), node)
  }
}

/** Nodes of clouds that advertise themselves have learned their routes when it comes back. */
export async function startRouters(standing: Standing, signal: AbortSignal): Promise<void> {
  for (const cloud of standing.record.layout.clouds.filter(({ routerAdvertisements }) => routerAdvertisements)) {
    const router = startRouter(cloudFolder(standing.record, cloud.name), cloud)
    update(standing, { routers: [...standing.record.routers, router] })
  }
  await waitForAdvertisedRoutes(standing.record.layout.nodes, standing.record.routers, signal)
}

export function cloudOf({ layout }: LabRecord, { cloud: name }: NodeLayout): string {
  const cloud = layout.clouds.find((one) => one.name === name)
  if (!cloud) throw new Error(`lab ${layout.name} has no cloud ${name}`)
  return cloud.namespace
}

/**
 * Before the nodes, so that they find what was granted. Where nobody carries documents around all the time, the controller
 * says its word once, as part of what is handed out.
 */
export async function prepareStores(standing: Standing, hasController: boolean, signal: AbortSignal): Promise<void> {
  const { record } = standing
  if (record.stores === 'own') {
    if (hasController) await grantOnce(record, signal)
    handOutDocuments(record)
  } else if (hasController) {
    update(standing, { controller: startController(record) })
  }
}

export async function startNode(standing: Standing, node: NodeLayout): Promise<void> {
  const folder = nodeFolder(standing.record, node.name)
  const holder = await startHolder(folder, node.namespace, standing.record.layout.hosts)
  remember(standing, { ...holder, what: 'holder', node: node.name })
  startNodeAgent(standing, node)
}

/** In a node that is there: the first, or one after it. */
export function startNodeAgent(standing: Standing, { name: node, namespace }: NodeLayout): void {
  const { tools } = standing.record
  const holder = holderOf(standing.record, node)
  const world = storeFolder(standing.record, node)
  const agent = startAgent({ node, namespace, holder, folder: nodeFolder(standing.record, node), world, tools })
  remember(standing, { ...agent, what: 'agent', node })
}

/** Waits for the node's agent to serve. */
export async function addPods(standing: Standing, node: NodeLayout, signal: AbortSignal): Promise<void> {
  const { tools } = standing.record
  const holder = holderOf(standing.record, node.name)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(POD_LIMIT_MILLISECONDS)])
  if (node.pods.length > 0) await waitForServer(standing.record, node.name, limit)
  for (const pod of node.pods) {
    signal.throwIfAborted()
    const added = await addPod({ pod, nodeNamespace: node.namespace, holder, tools, signal: limit })
    const others = standing.record.pods.filter(({ name }) => name !== pod.name)
    update(standing, { pods: [...others, added] })
  }
}

async function waitForServer(record: LabRecord, node: string, limit: AbortSignal): Promise<void> {
  const folder = nodeFolder(record, node)
  const agent = record.processes.find((one) => one.what === 'agent' && one.node === node)
  while (!existsSync(join(folder, 'run', CNI_SOCKET))) {
    const state = !agent || !isRunning(agent) ? 'ended' : limit.aborted ? 'serves no pods' : undefined
    if (state) throw new Error(`the agent of node ${node} ${state}; the end of its log:\n${endOfAgentLog(folder)}`)
    await sleep(POLL_MILLISECONDS)
  }
}

export function holderOf({ processes, layout }: LabRecord, node: string): LabProcess {
  const holder = processes.find((one) => one.what === 'holder' && one.node === node)
  if (!holder) throw new Error(`node ${node} of lab ${layout.name} is not up`)
  return holder
}

function remember(standing: Standing, process: LabProcess): void {
  const isSame = (one: LabProcess): boolean => one.what === process.what && one.node === process.node
  update(standing, { processes: [...standing.record.processes.filter((one) => !isSame(one)), process] })
}

function update(standing: Standing, changed: Partial<LabRecord>): void {
  standing.record = { ...standing.record, ...changed }
  saveRecord(standing.record)
}
