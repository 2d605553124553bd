// What the schema allows and the planner cannot plan yet: refused by name rather than planned wrongly.
import type { Fabric, Network } from './network.ts'
import type { FieldPath } from './resource.ts'
import type { Site } from './site.ts'

export type Unplanned = {
  readonly kind: 'Network' | 'Site'
  readonly name: string
  readonly path: FieldPath
  readonly message: string
}

export function findUnplanned(network: Network, sites: Iterable<Site>): readonly Unplanned[] {
  const ofNetwork = { kind: 'Network', name: network.name } as const
  const found: Unplanned[] = [
    ...ofFabric(network.fabric, ofNetwork),
    ...ofGateways(network.gatewaysPerSite, ofNetwork),
    ...(network.lan === undefined
      ? []
      : [{ ...ofNetwork, path: ['spec', 'lan'], message: 'virtual LANs are not planned yet; leave it out' }]),
    ...(network.podPrefixes.length > 0
      ? []
      : [
          {
            ...ofNetwork,
            path: ['spec', 'podPrefixes'],
            message: 'networks without pods are not planned yet; give it at least one prefix',
          },
        ]),
  ]
  for (const { name, fabric, gatewaysPerSite } of sites) {
    const ofSite = { kind: 'Site', name } as const
    if (fabric !== undefined) found.push(...ofFabric(fabric, ofSite))
    if (gatewaysPerSite !== undefined) found.push(...ofGateways(gatewaysPerSite, ofSite))
  }
  return found
}

type Owner = Pick<Unplanned, 'kind' | 'name'>

function ofFabric({ kind, encapsulate }: Fabric, of: Owner): Unplanned[] {
  const path = ['spec', 'fabric', 'kind']
  if (kind !== 'direct' && kind !== 'vxlan')
    return [{ ...of, path, message: `fabric ${kind} is not planned yet; take direct or vxlan` }]
  if (encapsulate === 'cross-subnet')
    return [{ ...of, path: ['spec', 'fabric', 'encapsulate'], message: 'cross-subnet is not planned yet; take always' }]
  return []
}

const ofGateways = (count: number, of: Owner): Unplanned[] =>
  count === 1
    ? []
    : [{ ...of, path: ['spec', 'gatewaysPerSite'], message: `${count} gateways a site are not planned yet; take 1` }]
