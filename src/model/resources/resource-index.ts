// The documents of a store by kind and name: one of each.

import type { Node } from './node.ts'
import { type Problem, problemAt } from './problem.ts'
import type { Claim } from './read-resource.ts'
import type { Resource } from './resource.ts'
import { siteNames } from './site-name.ts'

export type ResourceOf<Kind extends Resource['kind']> = Extract<Resource, { kind: Kind }>

export type ResourceIndex = {
  readonly network: ResourceOf<'Network'> | undefined
  readonly lab: ResourceOf<'Lab'> | undefined
  /** By name, ascending. */
  readonly sites: ReadonlyMap<string, ResourceOf<'Site'>>
  readonly nodes: ReadonlyMap<string, ResourceOf<'Node'>>
  readonly statuses: ReadonlyMap<string, ResourceOf<'NodeStatus'>>
  readonly grants: ReadonlyMap<string, ResourceOf<'NodeGrant'>>
  /** By node name; empty without a Network. */
  readonly siteNames: ReadonlyMap<string, string>
  /** In the order in which they were given. */
  readonly resources: readonly Resource[]
  /** All that is other than in the index before, each under a kind and name that was there. Left out: that is not known. */
  readonly changed?: readonly Resource[]
  /** Some documents are a second one of a name, or of what there may be only one of. */
  readonly hasExtra: boolean
  /** True where an unusable document may be of this kind and name: that it is missing is then not said. */
  readonly mayExist: (kind: Resource['kind'], name?: string) => boolean
}

/**
 * The first of each kind and name; the others, and what there may be only one of, are problems. Maps that hold what they held in `previous` are
 * those of it.
 */
export function indexResources(
  resources: readonly Resource[],
  claims: readonly Claim[],
  previous?: ResourceIndex,
): { readonly index: ResourceIndex; readonly problems: readonly Problem[] } {
  const near = previous && nearIndex(resources, claims, previous)
  if (near !== undefined) return { index: near, problems: missingNetwork(near) }
  const { first, extra, problems } = withoutExtra(resources)
  const ofKind = <Kind extends Resource['kind']>(kind: Kind): ReadonlyMap<string, ResourceOf<Kind>> =>
    // Each stands under its own kind.
    ascending((first.get(kind) ?? new Map()) as ReadonlyMap<string, ResourceOf<Kind>>)
  // Of two where there may be one, nobody knows which one counts: nothing is held against either.
  const only = <Kind extends Resource['kind']>(kind: Kind): ResourceOf<Kind> | undefined =>
    extra.some((resource) => resource.kind === kind) ? undefined : [...ofKind(kind).values()][0]
  // A second one of a name was probably to have another.
  const unknown = [...claims, ...extra.map(({ kind }): Claim => ({ kind }))]
  const network = only('Network')
  const nodes = unlessSame(ofKind('Node'), previous?.nodes)
  const isKept = previous !== undefined && nodes === previous.nodes && network === previous.network
  const index: ResourceIndex = {
    network,
    lab: only('Lab'),
    sites: unlessSame(ofKind('Site'), previous?.sites),
    nodes,
    statuses: unlessSame(ofKind('NodeStatus'), previous?.statuses),
    grants: unlessSame(ofKind('NodeGrant'), previous?.grants),
    siteNames: isKept
      ? previous.siteNames
      : network === undefined
        ? new Map()
        : siteNames(network.value, valuesOf(nodes)),
    resources,
    hasExtra: extra.length > 0,
    mayExist: expecting(unknown),
  }
  return { index, problems: [...problems, ...missingNetwork(index)] }
}

const missingNetwork = ({ network, mayExist }: ResourceIndex): readonly Problem[] =>
  network !== undefined || mayExist('Network') ? [] : [NO_NETWORK]

/** Of thousands of documents mostly one became another of its kind and name: then all the others stand where they stood. */
function nearIndex(
  resources: readonly Resource[],
  claims: readonly Claim[],
  previous: ResourceIndex,
): ResourceIndex | undefined {
  if (previous.hasExtra || resources.length !== previous.resources.length) return undefined
  const changed: Resource[] = []
  for (let at = 0; at < resources.length; at++) {
    const [now, before] = [resources[at], previous.resources[at]]
    if (now === before) continue
    if (now === undefined || now.kind !== before?.kind || now.value.name !== before.value.name) return undefined
    if (now.kind === 'Network' || now.kind === 'Lab' || now.kind === 'Site') return undefined
    if (now.kind === 'Node' && !isOfSameSite(now.value, before.value)) return undefined
    changed.push(now)
  }
  const { nodes, statuses, grants } = previous
  return {
    ...previous,
    nodes: withChanged(nodes, 'Node', changed),
    statuses: withChanged(statuses, 'NodeStatus', changed),
    grants: withChanged(grants, 'NodeGrant', changed),
    resources,
    changed,
    mayExist: expecting(claims),
  }
}

/** By any rule. */
const isOfSameSite = (a: Node, b: Resource['value']): boolean =>
  'labels' in b && a.site === b.site && JSON.stringify(a.labels) === JSON.stringify(b.labels)

function withChanged<Kind extends Resource['kind']>(
  before: ReadonlyMap<string, ResourceOf<Kind>>,
  kind: Kind,
  changed: readonly Resource[],
): ReadonlyMap<string, ResourceOf<Kind>> {
  const some = changed.filter((resource): resource is ResourceOf<Kind> => resource.kind === kind)
  if (some.length === 0) return before
  const now = new Map(before)
  for (const resource of some) now.set(resource.value.name, resource)
  return now
}

/** By kind and name, in one pass: a store of thousands of nodes is looked at whenever one of them changes. */
function withoutExtra(resources: readonly Resource[]) {
  const problems: Problem[] = []
  const extra: Resource[] = []
  const first = new Map<Resource['kind'], Map<string, Resource>>()
  for (const resource of resources) {
    const { kind, value } = resource
    let ofKind = first.get(kind)
    if (ofKind === undefined) {
      ofKind = new Map()
      first.set(kind, ofKind)
    }
    const other = SINGLE_KINDS.has(kind) ? ofKind.values().next().value : ofKind.get(value.name)
    if (other === undefined) ofKind.set(value.name, resource)
    else {
      extra.push(resource)
      problems.push(secondProblem(resource, other))
    }
  }
  return { first, extra, problems }
}

/** By name; the same where it is so already, as of most stores. */
function ascending<Value>(byName: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  let last = ''
  for (const name of byName.keys()) {
    if (name < last) return new Map([...byName].sort(([a], [b]) => (a < b ? -1 : 1)))
    last = name
  }
  return byName
}

/** The previous map where both hold the same in the same order. */
function unlessSame<Value>(
  map: ReadonlyMap<string, Value>,
  previous: ReadonlyMap<string, Value> | undefined,
): ReadonlyMap<string, Value> {
  if (previous?.size !== map.size) return map
  const before = previous.values()
  for (const value of map.values()) if (value !== before.next().value) return map
  return previous
}

const valuesOf = <Value>(resources: ReadonlyMap<string, { readonly value: Value }>): Value[] =>
  [...resources.values()].map(({ value }) => value)

/** Kinds of which a store holds one, whatever its name. */
const SINGLE_KINDS: ReadonlySet<string> = new Set(['Network', 'Lab'])

const NO_NETWORK: Problem = {
  path: [],
  at: 'value',
  severity: 'error',
  message: 'there is no Network; exactly one document must have kind: Network',
}

function secondProblem(resource: Resource, other: Resource): Problem {
  const { kind, value } = resource
  const message = SINGLE_KINDS.has(kind)
    ? `${kind}/${value.name} is a second ${kind}; there may be only one`
    : `there is a second ${kind} named "${value.name}"`
  return problemAt(resource, ['metadata', 'name'], message, { other: { resource: other, path: ['metadata', 'name'] } })
}

/** Made here, so that an index that is kept does not hold on to what it was made of. */
const expecting =
  (unknown: readonly Claim[]): ResourceIndex['mayExist'] =>
  (kind, name) =>
    unknown.some((claim) => mayBe(claim, kind, name))

const mayBe = (claim: Claim, kind: Resource['kind'], name: string | undefined): boolean =>
  (claim.kind === undefined || claim.kind === kind) &&
  (claim.name === undefined || name === undefined || claim.name === name)
