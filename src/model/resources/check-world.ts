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
import { doubtfulPart } from './doubtful-part.ts'
import { type IndexedSite, indexSites } from './indexed-site.ts'
import type { Lab } from './lab.ts'
import type { NodeTraces } from './node-traces.ts'
import type { Problem } from './problem.ts'
import type { Claim } from './read-resource.ts'
import type { Resource } from './resource.ts'
import { indexResources, type ResourceIndex } from './resource-index.ts'

export type CheckedWorld = {
  readonly problems: readonly Problem[]
  /** What was looked at. */
  readonly index: ResourceIndex
  readonly sites: readonly IndexedSite[]
  /** What its nodes claim; undefined: not worked out. */
  readonly traces: NodeTraces | undefined
  /** None where there is no Network or a problem is an error. */
  readonly world?: World
  readonly lab?: Lab
}

/**
 * The same set gives the same World and the same problems in any order, and whatever was looked at before. `claims`: what the documents
 * that could not be used may have been. `previous`: what came of a set that had much of this one; then only what changed is looked at.
 */
export function checkWorld(
  resources: readonly Resource[],
  claims: readonly Claim[] = [],
  previous?: CheckedWorld,
): CheckedWorld {
  const { index, problems: setProblems } = indexResources(resources, claims, previous?.index)
  const sites = indexSites(index, previous?.sites)
  const { part: doubtful, traces } = doubtfulPart(index, previous)
  const problems = [
    ...setProblems,
    ...checkNetwork(index),
    ...checkFabric(index, sites),
    ...checkPorts(index, sites),
    ...checkPrefixes(doubtful),
    ...checkReserved(doubtful),
    ...checkOffered(doubtful),
    ...checkNodes(index, doubtful, sites),
    ...checkLan(doubtful),
    ...checkGrants(index, sites),
    ...checkLab(index),
  ]
  if (index.network === undefined || problems.some(({ severity }) => severity === 'error'))
    return { problems, index, sites, traces }
  const world = worldOf(index, index.network.value, previous)
  const lab = placedLab(index)
  return lab === undefined ? { problems, index, sites, traces, world } : { problems, index, sites, traces, world, lab }
}

/** Maps of which nothing changed are those of the World before. */
function worldOf(index: ResourceIndex, network: World['network'], previous: CheckedWorld | undefined): World {
  const { sites, nodes, statuses, grants, changed } = index
  const [was, before] = [previous?.index, previous?.world]
  const isNode = (name: string): boolean => nodes.has(name)
  if (changed !== undefined && before !== undefined) {
    const namesOf = (kind: Resource['kind']): readonly string[] =>
      changed.flatMap((resource) => (resource.kind === kind ? [resource.value.name] : []))
    return {
      ...before,
      nodes: withChanged(before.nodes, nodes, namesOf('Node')),
      statuses: withChanged(before.statuses, statuses, namesOf('NodeStatus')),
      grants: withChanged(before.grants, grants, namesOf('NodeGrant')),
    }
  }
  const hasSameNodes = nodes === was?.nodes
  const kept = <Value>(isKept: boolean, value: Value | undefined, make: () => Value): Value =>
    (isKept ? value : undefined) ?? make()
  return {
    network,
    sites: kept(sites === was?.sites, before?.sites, () => valuesOf(sites)),
    nodes: kept(hasSameNodes, before?.nodes, () => valuesOf(nodes)),
    statuses: kept(hasSameNodes && statuses === was?.statuses, before?.statuses, () => valuesOf(statuses, isNode)),
    grants: kept(hasSameNodes && grants === was?.grants, before?.grants, () => valuesOf(grants, isNode)),
  }
}

/** `names`: what changed; of whom there was none is left out still. */
function withChanged<Value>(
  before: ReadonlyMap<string, Value>,
  resources: ReadonlyMap<string, { readonly value: Value }>,
  names: readonly string[],
): ReadonlyMap<string, Value> {
  if (names.length === 0) return before
  const now = new Map(before)
  for (const name of names) {
    const resource = before.has(name) ? resources.get(name) : undefined
    if (resource !== undefined) now.set(name, resource.value)
  }
  return now
}

function valuesOf<Value>(
  resources: ReadonlyMap<string, { readonly value: Value }>,
  isWanted: (name: string) => boolean = () => true,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>()
  for (const [name, { value }] of resources) if (isWanted(name)) values.set(name, value)
  return values
}

/** The Lab with the cloud of every node. */
function placedLab({ lab, siteNames }: ResourceIndex): Lab | undefined {
  if (lab === undefined) return undefined
  const placement = [...siteNames].map(([node, site]) => [node, lab.value.placement.get(node) ?? site] as const)
  return { ...lab.value, placement: new Map(placement) }
}
