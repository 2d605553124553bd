// The nodes of a lab that is up as their kernels are now, beside what a plan wants of them. Nothing is written, and no agent is asked:
// it may have been stopped.
import { join } from 'node:path'
import { applicableState, JOURNAL_FILE } from '../agent/index.ts'
import { readJournalPods } from '../cni/index.ts'
import { type Local, type NodeState, type Observed, sysctlKeysOf, type World } from '../model/index.ts'
import { type Plan, planNode, preparePlan, UNKNOWN_NIC } from '../planner/index.ts'
import { type LabRecord, nodeFolder } from './lab-record.ts'
import type { NodeLayout } from './layout.ts'
import { localOfNode } from './local-of-node.ts'
import { observeNode } from './observe-node.ts'
import { withWordsOfAgents } from './words-of-agents.ts'
import { wrongInput } from './wrong-input.ts'

export type RunningNode = {
  /** As the node's agent would plan it: with its pods, the subnets on its links, and no peer whose key nobody has said. */
  readonly planned: NodeState
  readonly observed: Observed['entries']
}

export type RunningInput = {
  /** As people wrote it. */
  readonly world: World
  /** What the nodes' resolvers know. */
  readonly resolvedHosts: NonNullable<Local['resolvedHosts']>
}

export type RunningLab = {
  /** With what the agents have said of themselves. */
  readonly world: World
  /** In the order of the lab. */
  readonly nodes: readonly RunningNode[]
}

/** Rejects where world and lab have not the same nodes, or a store or a kernel of the lab cannot be read. */
export async function readRunningLab(record: LabRecord, { world, resolvedHosts }: RunningInput): Promise<RunningLab> {
  refuseOtherNodes(record, world)
  const said = await withWordsOfAgents(world, record)
  const plan = preparePlan(said)
  const nodes = await Promise.all(
    record.layout.nodes.map((node) => readNode(record, node, { world: said, plan, resolvedHosts })),
  )
  return { world: said, nodes }
}

function refuseOtherNodes({ layout: { name: lab, nodes } }: LabRecord, world: World): void {
  const running = new Set(nodes.map(({ name }) => name))
  const strangers = [...world.nodes.keys()].filter((name) => !running.has(name))
  const missing = [...running].filter((name) => !world.nodes.has(name))
  if (strangers.length + missing.length === 0) return
  const lacks = [
    ...(strangers.length > 0 ? [`it has no ${strangers.join(', ')}`] : []),
    ...(missing.length > 0 ? [`they have no ${missing.join(', ')}`] : []),
  ]
  throw wrongInput(
    `lab ${lab} was brought up with other nodes than these files have: ${lacks.join(', and ')}; take it down and bring it up again: damask lab down ${lab}`,
  )
}

async function readNode(
  record: LabRecord,
  layout: NodeLayout,
  { world, plan, resolvedHosts }: RunningInput & { readonly plan: Plan },
): Promise<RunningNode> {
  const node = world.nodes.get(layout.name)
  if (node === undefined) throw new Error(`the world has no node ${layout.name}`)
  const pods = await readJournalPods(join(nodeFolder(record, layout.name), 'state', JOURNAL_FILE))
  const { hostLinks } = await observeNode(record, layout, [])
  const local = localOfNode(layout, { node, hostLinks, pods, resolvedHosts })
  const planned = applicableState(planNode(plan, layout.name, local), UNKNOWN_NIC)
  const { entries } = await observeNode(record, layout, sysctlKeysOf(planned))
  return { planned, observed: entries }
}
