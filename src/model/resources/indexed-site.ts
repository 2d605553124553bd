// The sites of a set of documents: who is in each, and which document says what holds there.
import type { Fabric } from './network.ts'
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

/** Ascending by name; none without a Network. */
export function indexSites({ network, sites, nodes, siteNames }: ResourceIndex): readonly IndexedSite[] {
  if (network === undefined) return []
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

export const mayBeGateway = ({ value }: ResourceOf<'Node'>): boolean => value.gateway !== 'never'
