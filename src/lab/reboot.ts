// A node loses its power and comes back: all that ran there is gone, its files are not.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { deleteNamespace, deletePodLink } from '../linux/index.ts'
import { findNode } from './agent-death.ts'
import { addPods, cloudOf, type Standing, startNode } from './bring-up.ts'
import { type LabRecord, nodeFolder } from './lab-record.ts'
import { buildNode } from './node-link.ts'
import { isRunning, killAll } from './process-record.ts'
import { waitForAdvertisedRoutes } from './router-advertisements.ts'
import { emptyNamespaces, nodeNamespaces } from './tear-down.ts'
import { within } from './within.ts'

/** Its pods come back under new container ids, as a kubelet would bring them. What was stopped half way is done again. */
export async function rebootNode(record: LabRecord, name: string, signal: AbortSignal): Promise<LabRecord> {
  const node = findNode(record, name)
  await killAll(record.processes.filter((process) => process.node === name && isRunning(process)))
  await emptyNamespaces(nodeNamespaces(node))
  for (const namespace of nodeNamespaces(node)) deleteNamespace(namespace)
  // Of a machine, /run is memory.
  for (const folder of ['run', 'wireguard'])
    rmSync(join(nodeFolder(record, name), folder), { recursive: true, force: true })
  const standing: Standing = { record }
  // The kernel takes the link's other end away with the namespace, but in its own time.
  await within(cloudOf(record, node), ({ netlink }) => deletePodLink(netlink, node.port))
  await buildNode(cloudOf(record, node), node)
  await waitForAdvertisedRoutes([node], record.routers, signal)
  await startNode(standing, node)
  await addPods(standing, node, signal)
  return standing.record
}
