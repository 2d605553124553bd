// The command line that runs something inside a node or a pod of a lab.
import { holderOf } from './bring-up.ts'
import type { LabRecord } from './lab-record.ts'
import { enterNode } from './node-holder.ts'
import { wrongInput } from './wrong-input.ts'

/** A pod has a network of its own and sees the files of its node. */
export function enterCommand(record: LabRecord, name: string): string[] {
  for (const node of record.layout.nodes) {
    const pod = node.pods.find((one) => one.name === name)
    if (node.name === name) return enterNode(holderOf(record, node.name), node.namespace)
    if (pod) return enterNode(holderOf(record, node.name), pod.namespace)
  }
  const names = record.layout.nodes.flatMap(({ name: node, pods }) => [node, ...pods.map((pod) => pod.name)])
  throw wrongInput(`lab ${record.layout.name} has no node or pod ${name}; it has ${names.join(', ')}`)
}
