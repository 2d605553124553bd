// A world as people wrote it, with what the agents and the controller of a lab that is up have said since: keys, MTUs, granted slots.
import type { NodeGrant, NodeStatus, World } from '../model/index.ts'
import { formatIssue, readWorld } from '../store/index.ts'
import type { LabRecord } from './lab-record.ts'
import { storeFolder } from './node-store.ts'
import { wrongInput } from './wrong-input.ts'

/** What an agent says of itself is taken from its own store. Rejects where a store of the lab cannot be read. */
export async function withWordsOfAgents(world: World, record: LabRecord): Promise<World> {
  const statuses = new Map<string, NodeStatus>(world.statuses)
  const grants = new Map<string, NodeGrant>(world.grants)
  const nodes = [...world.nodes.keys()]
  for (const [folder, those] of Map.groupBy(nodes, (node) => storeFolder(record, node))) {
    const { world: said, issues } = await readWorld([folder])
    if (said === undefined)
      throw wrongInput(
        `cannot read what the agents of lab ${record.layout.name} said, in ${folder}: ${issues.map(formatIssue).join('; ')}`,
      )
    for (const name of those) {
      const [status, grant] = [said.statuses.get(name), said.grants.get(name)]
      if (status !== undefined) statuses.set(name, status)
      if (grant !== undefined) grants.set(name, grant)
    }
  }
  return { ...world, statuses, grants }
}
