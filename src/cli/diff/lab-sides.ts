// The kernels of a running lab as the older side, and what other files would make of them as the newer.
import { observeLocal } from '../../agent/index.ts'
import { findRecord, type LabRecord, nameOf, observeNode, storeFolder, wrongInput } from '../../lab/index.ts'
import { type Local, type NodeState, type Observed, sysctlKeysOf } from '../../model/index.ts'
import { planNode } from '../../planner/index.ts'
import { formatIssue, readWorld } from '../../store/index.ts'
import type { PlannedWorld } from '../planned-world.ts'
import type { Terminal } from '../terminal.ts'
import { observedState } from './observed-state.ts'
import { type PlannedSide, planSides } from './planned-sides.ts'
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
  const name = nameOf(record)
  return {
    old: {
      ...planned.old,
      states: planned.old.states.map((state) => observed.get(state.node)?.observed ?? state),
      planned: planned.old.states.map((state) => observed.get(state.node)?.planned ?? state),
    },
    next: { ...planned.next, states: planned.next.states.map((state) => observed.get(state.node)?.next ?? state) },
    oldName: `the kernels of lab ${name}`,
    notes: ['links of pods are left out: no file names them'],
  }
}

/** The documents as its agents read them. */
async function readLab(record: LabRecord) {
  const folder = storeFolder(record, record.layout.nodes[0]?.name ?? '')
  const { world, issues } = await readWorld([folder])
  if (world === undefined)
    throw wrongInput(`cannot read the documents of lab ${nameOf(record)}: ${issues.map(formatIssue).join('; ')}`)
  return { world, lab: { hosts: new Map(record.layout.hosts.map(({ name, addresses }) => [name, addresses])) } }
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
  const planOf = (side: PlannedSide): NodeState | undefined => {
    const local = localOf(node, side, hostLinks)
    return local && planNode(side.plan, name, local)
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

function localOf(
  { name, takesAdvertisedRoute }: LabNode,
  { world, resolvedHosts }: PlannedSide,
  hostLinks: Observed['hostLinks'],
): Local | undefined {
  const node = world.nodes.get(name)
  if (node === undefined) return undefined
  const host = { acceptsRouterAdvertisements: () => takesAdvertisedRoute, ipv6MtuBytes: () => undefined }
  return observeLocal({ node, hostLinks, pods: [], host, liveness: undefined, resolvedHosts }).local
}
