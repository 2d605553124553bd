// Fabrics that cannot carry what a site has. Only where a site has more than one node does its fabric carry anything.
import type { IndexedSite } from './indexed-site.ts'
import { type Problem, problemAt } from './problem.ts'
import { type FieldPath, formatPath, type Resource, resourceName } from './resource.ts'
import type { ResourceIndex, ResourceOf } from './resource-index.ts'

/** One problem for each document that asks for `ipip`, with the first node that it cannot serve. */
export function checkFabric({ network }: ResourceIndex, sites: readonly IndexedSite[]): readonly Problem[] {
  const blamed = new Set<Resource>()
  return sites.flatMap(({ name, fabric, fabricOf, members }) => {
    if (fabric.kind !== 'ipip' || members.length < 2 || blamed.has(fabricOf)) return []
    const found = network && findUnserved(network, members)
    if (found === undefined) return []
    blamed.add(fabricOf)
    const { resource, path, what } = found
    const place = `spec.fabric.kind of ${resourceName(fabricOf)}`
    const message = `${place}: ipip carries IPv4 over IPv4 alone, and in site ${name} ${what}; take vxlan`
    return [problemAt(fabricOf, ['spec', 'fabric', 'kind'], message, { other: { resource, path } })]
  })
}

type Unserved = { readonly resource: Resource; readonly path: FieldPath; readonly what: string }

function findUnserved(network: ResourceOf<'Network'>, members: readonly ResourceOf<'Node'>[]): Unserved | undefined {
  if (network.value.lan?.family === 6) return { resource: network, path: ['spec', 'lan'], what: 'the lan is of IPv6' }
  for (const resource of members) {
    const { privateAddresses } = resource.value
    if (!privateAddresses.some(({ address }) => address.family === 4))
      return {
        resource,
        path: ['spec', 'privateAddresses'],
        what: `${resourceName(resource)} has no private IPv4 address`,
      }
    for (const field of ['podPrefixes', 'offeredPrefixes'] as const) {
      const position = resource.value[field].findIndex(({ family }) => family === 6)
      const path = ['spec', field, position]
      if (position >= 0) return { resource, path, what: `${formatPath(path)} of ${resourceName(resource)} is of IPv6` }
    }
  }
  return undefined
}
