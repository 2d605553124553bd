// Slots that were granted and cannot be held. All are warnings: the planner goes on without them, and the controller grants
// others.
import type { IndexedSite } from './indexed-site.ts'
import { type Granted, slotGrantedIn } from './node-grant.ts'
import { type Problem, problemAt } from './problem.ts'
import { type FieldPath, type Resource, resourceName } from './resource.ts'
import type { ResourceIndex, ResourceOf } from './resource-index.ts'

export function checkGrants(index: ResourceIndex, sites: readonly IndexedSite[]): readonly Problem[] {
  const problems: Problem[] = [...strayGrants(index)]
  for (const site of sites) {
    if (well.get(site) === index.grants) continue
    const found = slotProblems(site, index)
    if (found.length === 0) well.set(site, index.grants)
    problems.push(...found)
  }
  return problems
}

/** Sites of which there was nothing to say, and the grants that there were. */
const well = new WeakMap<IndexedSite, ResourceIndex['grants']>()

function strayGrants({ grants, nodes, mayExist }: ResourceIndex): readonly Problem[] {
  return [...grants.values()].flatMap((resource) => {
    const { name } = resource.value
    if (nodes.has(name) || mayExist('Node', name)) return []
    const message = `${resourceName(resource)} is of no Node and is left out; delete it if the node is gone`
    return [problemAt(resource, ['metadata', 'name'], message, { severity: 'warning' })]
  })
}

type Holder = {
  readonly slot: number
  readonly granted: Granted
  readonly node: ResourceOf<'Node'>
  /** The document that says it. */
  readonly resource: Resource
}

function slotProblems(site: IndexedSite, index: ResourceIndex): readonly Problem[] {
  const first = new Map<number, Holder>()
  return site.members.flatMap((node) => {
    const all = holdersOf(node, index)
    if (all.length === 0) return []
    const holder = all.find(({ granted }) => slotGrantedIn(site.name, granted) !== undefined)
    const problem = holder && heldProblem(holder, site, first)
    const moved = all.filter(({ granted }) => slotGrantedIn(site.name, granted) === undefined)
    return [...moved.map((each) => movedProblem(each, site)), ...(problem ? [problem] : [])]
  })
}

/** `first`: who holds which slot so far. */
function heldProblem(holder: Holder, site: IndexedSite, first: Map<number, Holder>): Problem | undefined {
  const { slot, node } = holder
  if (node.value.gateway === 'never') return ignored(holder, `${resourceName(node)} says spec.gateway: never`)
  if (slot > site.gatewaysPerSite)
    return ignored(holder, `site ${site.name} has ${gateways(site.gatewaysPerSite)}`, site)
  const other = first.get(slot)
  if (other !== undefined) return ignored(holder, `${resourceName(other.node)} holds it in site ${site.name}`, other)
  first.set(slot, holder)
  return undefined
}

function movedProblem({ slot, granted, node, resource }: Holder, { name }: IndexedSite): Problem {
  const why = `it was granted in site ${granted.site}, and ${resourceName(node)} is in site ${name}`
  const message = `granted.slot of ${resourceName(resource)}: slot ${slot} is ignored, as ${why}`
  return problemAt(resource, ['granted', 'site'], message, { severity: 'warning' })
}

/** A NodeGrant counts more than what the Node says itself. */
function holdersOf(node: ResourceOf<'Node'>, { grants }: ResourceIndex): readonly Holder[] {
  const grant = grants.get(node.value.name)
  if (grant === undefined && node.value.granted === undefined) return NOBODY
  return [grant, node].flatMap((resource): Holder[] => {
    const granted = resource?.kind === 'Node' ? resource.value.granted : resource?.value
    return granted?.slot === undefined || resource === undefined
      ? []
      : [{ slot: granted.slot, granted, node, resource }]
  })
}

const NOBODY: readonly never[] = []

const gateways = (count: number): string => (count === 1 ? 'one gateway' : `${count} gateways`)
const SLOT: FieldPath = ['granted', 'slot']

function ignored({ slot, resource }: Holder, why: string, cause?: IndexedSite | Holder): Problem {
  const message = `granted.slot of ${resourceName(resource)}: slot ${slot} is ignored, as ${why}`
  const other = cause && placeOf(cause)
  return problemAt(resource, SLOT, message, { severity: 'warning', ...(other && { other }) })
}

const placeOf = (cause: IndexedSite | Holder): NonNullable<Problem['other']> =>
  'slot' in cause
    ? { resource: cause.resource, path: SLOT }
    : { resource: cause.gatewaysOf, path: ['spec', 'gatewaysPerSite'] }
