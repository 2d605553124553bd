// An agent dies, and another takes its place; the node and its network go on.
import { type Standing, startNodeAgent } from './bring-up.ts'
import type { LabRecord } from './lab-record.ts'
import type { NodeLayout } from './layout.ts'
import { killAll } from './process-record.ts'
import { wrongInput } from './wrong-input.ts'

/** By SIGKILL: it has no time to say goodbye. */
export async function killAgent(record: LabRecord, name: string): Promise<void> {
  await killAll(record.processes.filter(({ what, node }) => what === 'agent' && node === findNode(record, name).name))
}

export function replaceAgent(record: LabRecord, name: string): LabRecord {
  const standing: Standing = { record }
  startNodeAgent(standing, findNode(record, name))
  return standing.record
}

export function findNode({ layout }: LabRecord, name: string): NodeLayout {
  const node = layout.nodes.find((one) => one.name === name)
  if (node) return node
  throw wrongInput(`lab ${layout.name} has no node ${name}; it has ${layout.nodes.map((one) => one.name).join(', ')}`)
}
