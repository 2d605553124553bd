// A set of documents, each right by itself, to the World that they are together; or what they contradict each other in.
import type { World } from '../world.ts'
import { checkFabric } from './check-fabric.ts'
import { checkGrants } from './check-grants.ts'
import { checkLab } from './check-lab.ts'
import { checkLan } from './check-lan.ts'
import { checkNetwork } from './check-network.ts'
import { checkNodes } from './check-nodes.ts'
import { checkOffered } from './check-offered.ts'
import { checkPorts } from './check-ports.ts'
import { checkPrefixes } from './check-prefixes.ts'
import { checkReserved } from './check-reserved.ts'
import { indexSites } from './indexed-site.ts'
import type { Lab } from './lab.ts'
import type { Problem } from './problem.ts'
import type { Claim } from './read-resource.ts'
import type { Resource } from './resource.ts'
import { indexResources, type ResourceIndex } from './resource-index.ts'

export type CheckedWorld = {
  readonly problems: readonly Problem[]
  /** None where there is no Network or a problem is an error. */
  readonly world?: World
  readonly lab?: Lab
}

/** The same set gives the same World in any order. `claims`: what the documents that could not be used may have been. */
export function checkWorld(resources: readonly Resource[], claims: readonly Claim[] = []): CheckedWorld {
  const { index, problems: setProblems } = indexResources(resources, claims)
  const sites = indexSites(index)
  const problems = [
    ...setProblems,
    ...checkNetwork(index),
    ...checkFabric(index, sites),
    ...checkPorts(index, sites),
    ...checkPrefixes(index),
    ...checkReserved(index),
    ...checkOffered(index),
    ...checkNodes(index),
    ...checkLan(index),
    ...checkGrants(index, sites),
    ...checkLab(index),
  ]
  if (index.network === undefined || problems.some(({ severity }) => severity === 'error')) return { problems }
  const world: World = {
    network: index.network.value,
    sites: valuesOf(index.sites),
    nodes: valuesOf(index.nodes),
    statuses: valuesOf(index.statuses, (name) => index.nodes.has(name)),
    grants: valuesOf(index.grants, (name) => index.nodes.has(name)),
  }
  const lab = placedLab(index)
  return lab === undefined ? { problems, world } : { problems, world, lab }
}

function valuesOf<Value>(
  resources: ReadonlyMap<string, { readonly value: Value }>,
  isWanted: (name: string) => boolean = () => true,
): ReadonlyMap<string, Value> {
  return new Map([...resources].filter(([name]) => isWanted(name)).map(([name, { value }]) => [name, value]))
}

/** The Lab with the cloud of every node. */
function placedLab({ lab, siteNames }: ResourceIndex): Lab | undefined {
  if (lab === undefined) return undefined
  const placement = [...siteNames].map(([node, site]) => [node, lab.value.placement.get(node) ?? site] as const)
  return { ...lab.value, placement: new Map(placement) }
}
