// All MeshNodes that there are to be, from the Nodes of a cluster: pure, so that what a cluster becomes can be read off in tests.
import { API_VERSION, formatPrefix, type Network } from '../model/index.ts'
import type { ClusterView } from './cluster-view.ts'
import type { CoreNode } from './core-node.ts'
import { grantHolders, reservedPrefixes } from './grant-holders.ts'
import { linkAddressesOf, type MeshNode, type MeshNodeSpec } from './mesh-node.ts'
import { type NodeFacts, nodeFacts } from './node-facts.ts'
import { type Fields, textsOf } from './object-fields.ts'
import { grantPodPrefixes, type LastGranted } from './pod-prefix-grants.ts'
import { createDraftMemory, type Draft, type DraftMemory, findClashes, type LeftOut } from './world-clashes.ts'

export type WantedMeshNode = {
  readonly node: CoreNode
  readonly labels: Readonly<Record<string, string>>
  readonly spec: MeshNodeSpec
  readonly grantedPodPrefixes: readonly string[]
}

export type NodeProblem = {
  /** A word for programs, as Events have one. */
  readonly reason: 'WrongNodeFacts' | 'MeshNodeClash' | 'NoPodPrefix' | 'MeshNodeTaken'
  readonly message: string
}

export type MeshPlan = {
  /** By name; without those that are not ours to write. */
  readonly wanted: ReadonlyMap<string, WantedMeshNode>
  /** By name of the Node. */
  readonly problems: ReadonlyMap<string, readonly NodeProblem[]>
  readonly last: LastGranted
}

/** What was made of nodes that did not change since: of thousands few do. */
export type PlanMemory = { readonly facts: Map<string, KnownFacts>; readonly drafts: DraftMemory }
type KnownFacts = {
  readonly node: CoreNode
  readonly meshNode: MeshNode | undefined
  readonly network: Network
  readonly facts: NodeFacts
}
export const createPlanMemory = (): PlanMemory => ({ facts: new Map(), drafts: createDraftMemory() })

export function planMesh(view: ClusterView, memory: PlanMemory): MeshPlan {
  forgetGone(memory, view)
  const ours = [...view.coreNodes.values()].filter((node) => isOurs(node, view)).toSorted(byAge)
  const facts = new Map(ours.map((node) => [node.name, knownFactsOf(node, view, memory)]))
  const grants = grantPodPrefixes({
    network: view.network,
    holders: grantHolders(ours, facts, view),
    reserved: reservedPrefixes(view),
    last: view.last,
  })
  const granted = (name: string): readonly string[] => (grants.granted.get(name) ?? []).map(formatPrefix)
  const drafts = draftsOf(ours, facts, granted, view)
  const leftOut = Map.groupBy(
    findClashes(drafts, [{ kind: 'Network', value: view.network }, ...view.sites], memory.drafts),
    ({ name }) => name,
  )
  const wanted = new Map<string, WantedMeshNode>()
  const problems = new Map<string, readonly NodeProblem[]>()
  for (const node of ours) {
    const { name } = node
    const own = facts.get(name)
    if (own === undefined) continue
    const clashes = leftOut.get(name) ?? []
    const hasNoGrant = clashes.some(({ field }) => field === 'podPrefixes')
    wanted.set(name, {
      node,
      labels: own.labels,
      spec: specWithout(own.spec, clashes),
      grantedPodPrefixes: hasNoGrant ? [] : granted(name),
    })
    const lacking = grants.lacking.get(name) ?? []
    problems.set(name, [
      ...own.problems.map((message): NodeProblem => ({ reason: 'WrongNodeFacts', message })),
      ...clashes.map(({ sentence }): NodeProblem => ({ reason: 'MeshNodeClash', message: sentence })),
      ...lacking.map((family): NodeProblem => ({ reason: 'NoPodPrefix', message: lackSentence(family, view.network) })),
    ])
  }
  for (const { name } of view.coreNodes.values()) if (isTaken(name, view)) problems.set(name, [takenProblem(name)])
  return { wanted, problems: withoutNone(problems), last: grants.last }
}

function forgetGone({ facts, drafts }: PlanMemory, { coreNodes, meshNodes }: ClusterView): void {
  for (const memory of [facts, drafts])
    for (const name of memory.keys()) if (!coreNodes.has(name) && !meshNodes.has(name)) memory.delete(name)
}

/** One that is going is not begun with. One of another owner makes way first. */
function isOurs({ name, uid, isGoing }: CoreNode, { meshNodes }: ClusterView): boolean {
  const meshNode = meshNodes.get(name)
  if (meshNode === undefined) return !isGoing
  return meshNode.isManaged && !meshNode.isGoing && meshNode.nodeUid === uid
}

const isTaken = (name: string, { meshNodes }: ClusterView): boolean => meshNodes.get(name)?.isManaged === false

const takenProblem = (name: string): NodeProblem => ({
  reason: 'MeshNodeTaken',
  message: `there is a MeshNode ${name} that a person wrote, so this Node gets none; delete that MeshNode, or write all of the node there`,
})

const byAge = (a: CoreNode, b: CoreNode): number =>
  compareTexts(a.createdAt, b.createdAt) || compareTexts(a.name, b.name)
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function knownFactsOf(node: CoreNode, view: ClusterView, { facts: memory }: PlanMemory): NodeFacts {
  const meshNode = view.meshNodes.get(node.name)
  const known = memory.get(node.name)
  if (known?.node === node && known.meshNode === meshNode && known.network === view.network) return known.facts
  const facts = factsOf(node, view)
  memory.set(node.name, { node, meshNode, network: view.network, facts })
  return facts
}

/** An address that a machine had stays known while its links are in disorder. */
function factsOf(node: CoreNode, { meshNodes, network }: ClusterView): NodeFacts {
  const meshNode = meshNodes.get(node.name)
  if (meshNode === undefined) return nodeFacts(node, undefined, network)
  const before = linkAddressesOf({ linkAddresses: textsOf(meshNode.spec.privateAddresses) })
  const said = linkAddressesOf(meshNode)
  const isKnown = said !== undefined || (before ?? []).length > 0
  return nodeFacts(node, isKnown ? [...(said ?? []), ...(before ?? [])] : undefined, network)
}

/** Ours, and the MeshNodes that people wrote. */
function draftsOf(
  ours: readonly CoreNode[],
  facts: ReadonlyMap<string, NodeFacts>,
  granted: (name: string) => readonly string[],
  { meshNodes }: ClusterView,
): readonly Draft[] {
  const own = ours.flatMap(({ name, createdAt }): Draft[] => {
    const { labels, spec } = facts.get(name) ?? {}
    if (spec?.privateAddresses === undefined || labels === undefined) return []
    const podPrefixes = granted(name)
    const document = documentOf(name, labels, spec)
    return [
      {
        name,
        createdAt,
        isOurs: true,
        document: podPrefixes.length === 0 ? document : { ...document, granted: { podPrefixes } },
      },
    ]
  })
  const peoples = [...meshNodes.values()].flatMap(({ name, createdAt, isManaged, labels, spec }): Draft[] =>
    isManaged || spec.privateAddresses === undefined
      ? []
      : [{ name, createdAt, isOurs: false, document: documentOf(name, labels, spec) }],
  )
  return [...peoples, ...own]
}

const documentOf = (name: string, labels: Readonly<Record<string, string>>, spec: Fields): Draft['document'] => ({
  apiVersion: API_VERSION,
  kind: 'Node',
  metadata: { name, labels },
  spec,
})

const specWithout = (spec: MeshNodeSpec, leftOut: readonly LeftOut[]): MeshNodeSpec => {
  const fields = new Set<string>(leftOut.map(({ field }) => field))
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !fields.has(field)))
}

function lackSentence(family: number, { podPrefixes }: Network): string {
  const pools = podPrefixes.filter((pool) => pool.family === family).map(formatPrefix)
  return `no IPv${family} pod prefix is left for this node in ${pools.join(', ')}; widen podPrefixes of the Network, make podPrefixLengths longer, or delete nodes that are gone`
}

const withoutNone = (problems: ReadonlyMap<string, readonly NodeProblem[]>): MeshPlan['problems'] =>
  new Map([...problems].filter(([, own]) => own.length > 0))
