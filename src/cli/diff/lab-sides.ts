// The kernels of a running lab as the older side, and what other files would make of them as the newer.
import {
  findRecord,
  type LabRecord,
  localOfNode,
  nameOf,
  observeNode,
  storeFolder,
  underlayOf,
  wrongInput,
} from '../../lab/index.ts'
import { type NodeState, sysctlKeysOf } from '../../model/index.ts'
import { planNode } from '../../planner/index.ts'
import { formatIssue, readWorld } from '../../store/index.ts'
import type { PlannedWorld } from '../planned-world.ts'
import type { Terminal } from '../terminal.ts'
import { withOffered } from '../walked-plan.ts'
import { observedState } from './observed-state.ts'
import { guessNotes, type PlannedSide, planSides, type WorldBelow } from './planned-sides.ts'
import type { Sides } from './sides.ts'

/** Rejects where there is no such lab, or it cannot be read; undefined, with an exit code, where it cannot be planned. */
export async function labSides(
  next: PlannedWorld,
  lab: string | undefined,
  terminal: Terminal,
): Promise<Sides | undefined> {
  const record = findRecord(lab)
  const planned = await planSides(await readLab(record), next, terminal)
  if (planned === undefined) return undefined
  const seen = await Promise.all(record.layout.nodes.map((node) => look(record, node, planned)))
  const observed = new Map(seen.flatMap((one) => (one === undefined ? [] : [[one.node, one]])))
  const clouds = underlayOf(record.layout)
  const isStaying = planned.next.states.every(({ node }) => clouds.hosts.has(node))
  return {
    old: {
      ...planned.old,
      underlay: withOffered(clouds, planned.old.world),
      states: planned.old.states.map((state) => observed.get(state.node)?.observed ?? state),
      planned: planned.old.states.map((state) => observed.get(state.node)?.planned ?? state),
    },
    next: {
      ...planned.next,
      // Files without a Lab change nothing of the clouds that the lab stands in.
      ...(next.lab === undefined && isStaying && { underlay: withOffered(clouds, planned.next.world) }),
      states: planned.next.states.map((state) => observed.get(state.node)?.next ?? state),
    },
    oldName: `the kernels of lab ${nameOf(record)}`,
    notes: [
      'links of pods are left out: no file names them',
      ...guessNotes(planned, next.lab === undefined && !isStaying),
    ],
  }
}

/** The documents as its agents read them. */
async function readLab(record: LabRecord): Promise<WorldBelow> {
  const folder = storeFolder(record, record.layout.nodes[0]?.name ?? '')
  const { world, issues } = await readWorld([folder])
  if (world === undefined)
    throw wrongInput(`cannot read the documents of lab ${nameOf(record)}: ${issues.map(formatIssue).join('; ')}`)
  return { world, hosts: new Map(record.layout.hosts.map(({ name, addresses }) => [name, addresses])) }
}

type LabNode = LabRecord['layout']['nodes'][number]
type Seen = {
  readonly node: string
  readonly observed: NodeState
  readonly planned: NodeState
  readonly next?: NodeState
}

/** Undefined where the lab's documents have the node no more: nobody can say what its kernel should be. */
async function look(
  record: LabRecord,
  node: LabNode,
  { old, next }: { readonly old: PlannedSide; readonly next: PlannedSide },
): Promise<Seen | undefined> {
  const { name } = node
  const { hostLinks } = await observeNode(record, node, [])
  const planOf = ({ world, plan, resolvedHosts }: PlannedSide): NodeState | undefined => {
    const own = world.nodes.get(name)
    return own && planNode(plan, name, localOfNode(node, { node: own, hostLinks, pods: [], resolvedHosts }))
  }
  const [planned, wanted] = [planOf(old), planOf(next)]
  if (planned === undefined) return undefined
  const { entries } = await observeNode(
    record,
    node,
    // Settings are read by name: those that any of the plans names.
    [...new Set([planned, ...(wanted ? [wanted] : [])].flatMap(sysctlKeysOf))],
  )
  return { node: name, observed: observedState(planned, entries), planned, ...(wanted && { next: wanted }) }
}
