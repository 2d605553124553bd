// The documents of a store by kind and name: one of each.

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
  /** True where an unusable document may be of this kind and name: that it is missing is then not said. */
  readonly mayExist: (kind: Resource['kind'], name?: string) => boolean
}

/** The first of each kind and name; the others, and what there may be only one of, are problems. */
export function indexResources(
  resources: readonly Resource[],
  claims: readonly Claim[],
): { readonly index: ResourceIndex; readonly problems: readonly Problem[] } {
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
  const nodes = ofKind('Node')
  const index: ResourceIndex = {
    network,
    lab: only('Lab'),
    sites: ofKind('Site'),
    nodes,
    statuses: ofKind('NodeStatus'),
    grants: ofKind('NodeGrant'),
    siteNames: network === undefined ? new Map() : siteNames(network.value, valuesOf(nodes)),
    mayExist: (kind, name) => unknown.some((claim) => mayBe(claim, kind, name)),
  }
  return network !== undefined || index.mayExist('Network')
    ? { index, problems }
    : { index, problems: [...problems, NO_NETWORK] }
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

const mayBe = (claim: Claim, kind: Resource['kind'], name: string | undefined): boolean =>
  (claim.kind === undefined || claim.kind === kind) &&
  (claim.name === undefined || name === undefined || claim.name === name)
