// Takes a lab away: its processes, whatever else runs in its namespaces, the namespaces, its folder.
import { rmdirSync, rmSync } from 'node:fs'
import { deleteNamespace, listNamespaces } from '../linux/index.ts'
import { LABS_FOLDER, type LabRecord, readRecords } from './lab-record.ts'
import type { Layout, NodeLayout } from './layout.ts'
import { isRunning, killAll, processesIn } from './process-record.ts'

const pathOf = (namespace: string): string => `/run/netns/${namespace}`

/** Safe to repeat, and to call for a lab of which only a part was ever made. */
export async function tearDown({ folder, layout, processes, routers, controller }: LabRecord): Promise<void> {
  await killAll([...processes, ...routers, ...(controller ? [controller] : [])])
  const namespaces = namespacesOf(layout)
  await emptyNamespaces(namespaces)
  for (const name of namespaces) deleteNamespace(name)
  rmSync(folder, { recursive: true, force: true })
  try {
    rmdirSync(LABS_FOLDER)
  } catch {
    // There are other labs.
  }
}

// Who is in there may just be starting somebody, so: until nobody is left.
export async function emptyNamespaces(names: readonly string[]): Promise<void> {
  const paths = names.map(pathOf)
  for (let found = processesIn(paths); found.length > 0; found = processesIn(paths)) await killAll(found)
}

/** Those of a node: its own and its pods'. */
export const nodeNamespaces = ({ namespace, pods }: NodeLayout): string[] => [
  namespace,
  ...pods.map((pod) => pod.namespace),
]

// By the prefix: also one that was made for the lab by something that the layout does not know.
const namespacesOf = ({ id }: Layout): string[] => listNamespaces(`dmk-${id}-`)

/** Labs that were only to run, and whose owner died before it took them down. Nothing else is touched. */
export async function sweepAbandoned(log: (line: string) => void): Promise<void> {
  for (const record of readRecords()) {
    if (record.mode !== 'run' || isRunning(record.owner)) continue
    log(`taking away lab ${record.layout.name}, whose owner (process ${record.owner.pid}) died`)
    await tearDown(record)
  }
}
