// Slots that were granted and cannot be held. All are warnings: the planner goes on without them, and the controller grants
// others.
import type { IndexedSite } from './indexed-site.ts'
import { type Problem, problemAt } from './problem.ts'
import { type FieldPath, type Resource, resourceName } from './resource.ts'
import type { ResourceIndex, ResourceOf } from './resource-index.ts'

export function checkGrants(index: ResourceIndex, sites: readonly IndexedSite[]): readonly Problem[] {
  return [...strayGrants(index), ...sites.flatMap((site) => slotProblems(site, index))]
}

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
  readonly node: ResourceOf<'Node'>
  /** The document that says it. */
  readonly resource: Resource
}

function slotProblems(site: IndexedSite, index: ResourceIndex): readonly Problem[] {
  const first = new Map<number, Holder>()
  return site.members.flatMap((node) => {
    const holder = holderOf(node, index)
    if (holder === undefined) return []
    const { slot } = holder
    if (node.value.gateway === 'never') return [ignored(holder, `${resourceName(node)} says spec.gateway: never`)]
    if (slot > site.gatewaysPerSite)
      return [ignored(holder, `site ${site.name} has ${gateways(site.gatewaysPerSite)}`, site)]
    const other = first.get(slot)
    if (other !== undefined)
      return [ignored(holder, `${resourceName(other.node)} holds it in site ${site.name}`, other)]
    first.set(slot, holder)
    return []
  })
}

/** A NodeGrant counts more than what the Node says itself. */
function holderOf(node: ResourceOf<'Node'>, { grants }: ResourceIndex): Holder | undefined {
  const grant = grants.get(node.value.name)
  if (grant?.value.slot !== undefined) return { slot: grant.value.slot, node, resource: grant }
  const slot = node.value.granted?.slot
  return slot === undefined ? undefined : { slot, node, resource: node }
}

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
