// The sites of a set of documents: who is in each, and which document says what holds there.
import type { Fabric } from './network.ts'
import type { Resource } from './resource.ts'
import type { ResourceIndex, ResourceOf } from './resource-index.ts'

export type IndexedSite = {
  readonly name: string
  /** By name, ascending. */
  readonly members: readonly ResourceOf<'Node'>[]
  readonly fabric: Fabric
  /** What asks for the fabric. */
  readonly fabricOf: ResourceOf<'Network'> | ResourceOf<'Site'>
  readonly gatewaysPerSite: number
  /** What asks for that many gateways. */
  readonly gatewaysOf: ResourceOf<'Network'> | ResourceOf<'Site'>
}

/** Ascending by name; none without a Network. `previous`: of the index before; sites in which nothing changed are the objects that they were. */
export function indexSites(
  { network, sites, nodes, siteNames, changed }: ResourceIndex,
  previous?: readonly IndexedSite[],
): readonly IndexedSite[] {
  if (network === undefined) return []
  if (changed !== undefined && previous !== undefined) return withChanged(previous, changed, siteNames)
  const members = new Map<string, ResourceOf<'Node'>[]>()
  for (const node of nodes.values()) {
    const name = siteNames.get(node.value.name) ?? node.value.name
    const fellows = members.get(name)
    if (fellows === undefined) members.set(name, [node])
    else fellows.push(node)
  }
  return [...members.keys()].sort().map((name) => {
    const site = sites.get(name)
    return {
      name,
      members: members.get(name) ?? [],
      fabric: site?.value.fabric ?? network.value.fabric,
      fabricOf: site?.value.fabric === undefined ? network : site,
      gatewaysPerSite: site?.value.gatewaysPerSite ?? network.value.gatewaysPerSite,
      gatewaysOf: site?.value.gatewaysPerSite === undefined ? network : site,
    }
  })
}

/** Each under the name and in the site that it had. */
function withChanged(
  previous: readonly IndexedSite[],
  changed: readonly Resource[],
  siteNames: ReadonlyMap<string, string>,
): readonly IndexedSite[] {
  const now = new Map<string, ResourceOf<'Node'>>()
  const touched = new Set<string>()
  for (const resource of changed) {
    if (resource.kind !== 'Node') continue
    const { name } = resource.value
    now.set(name, resource)
    touched.add(siteNames.get(name) ?? name)
  }
  if (now.size === 0) return previous
  return previous.map((site) =>
    touched.has(site.name)
      ? { ...site, members: site.members.map((member) => now.get(member.value.name) ?? member) }
      : site,
  )
}

const gatewayCounts = new WeakMap<IndexedSite, number>()

/** How many of its members may be gateways. */
export function gatewayCountOf(site: IndexedSite): number {
  const known = gatewayCounts.get(site)
  if (known !== undefined) return known
  const count = site.members.filter(mayBeGateway).length
  gatewayCounts.set(site, count)
  return count
}

export const mayBeGateway = ({ value }: ResourceOf<'Node'>): boolean => value.gateway !== 'never'
