// The objects of a cluster, to one World. One that is wrong never stops the others.
import { type CheckedWorld, type Claim, type Problem, type Resource, resourceName } from '../../model/index.ts'
import type { ReadResult } from '../assemble-world.ts'
import type { Issue } from '../issue.ts'
import { type ClusterObject, warningAt } from './cluster-object.ts'
import { type Loss, type OwnerOf, type Settled, settle } from './contradictions.ts'
import { NETWORK_NAME } from './damask-collections.ts'
import type { ObjectKind } from './object-record.ts'

export type ClusterObjects = Readonly<Record<ObjectKind, ReadonlyMap<string, ClusterObject>>>

export type Assembled = {
  readonly result: ReadResult
  /** The Network and Sites that count: others, that do not go with the nodes, are not taken. */
  readonly settings: readonly ClusterObject[]
  readonly losses: readonly Loss[]
  /** Left out: nothing was looked at. */
  readonly checked?: CheckedWorld
}

/** `before`: what it came to the last time. */
export function assembleCluster(objects: ClusterObjects, before: Assembled | undefined): Assembled {
  const settings = [...objects.Network.values(), ...objects.Site.values()]
  const nodes = [...objects.MeshNode.values()]
  const issues: Issue[] = []
  for (const object of settings) issues.push(...object.issues)
  for (const object of nodes) if (object.issues.length > 0) issues.push(...object.issues)
  if (!objects.Network.has(NETWORK_NAME)) return { result: { issues: [NO_NETWORK, ...issues] }, settings, losses: [] }
  const now = tryWith(settings, objects, before)
  const isRefused = before !== undefined && !isSame(settings, before.settings) && throwsOut(now, before)
  const taken = isRefused ? tryWith(before.settings, objects, before) : now
  const { checked, losses, fatal } = taken.settled
  const all = [...(isRefused ? [keptIssue(now)] : []), ...issues, ...taken.issues]
  // Where each node there is had to go, it is not the nodes that are wrong.
  const isEmptied = checked.world?.nodes.size === 0 && nodes.some(({ resources }) => resources.length > 0)
  const isUsable = fatal.length === 0 && !isEmptied
  const result =
    isUsable && checked.world !== undefined
      ? { world: checked.world, issues: all }
      : { issues: isEmptied ? all.map((issue) => ({ ...issue, severity: 'error' as const })) : all }
  return { result, settings: taken.settings, losses, checked }
}

type Trial = {
  readonly settings: readonly ClusterObject[]
  readonly ownerOf: OwnerOf
  readonly settled: Settled
  readonly issues: readonly Issue[]
}

function tryWith(
  settings: readonly ClusterObject[],
  { MeshNode }: ClusterObjects,
  before: Assembled | undefined,
): Trial {
  const resources: Resource[] = []
  const claims: Claim[] = []
  const stray = settings.filter((object) => !isTaken(object))
  for (const objects of [settings.filter(isTaken), MeshNode.values()]) {
    for (const { kind, name, resources: own } of objects) {
      for (const resource of own) resources.push(resource)
      if (own.length === 0) claims.push({ kind: kind === 'MeshNode' ? 'Node' : kind, name })
    }
  }
  const ownerOf = ({ kind, value: { name } }: Resource): ClusterObject | undefined =>
    kind === 'Network' || kind === 'Site'
      ? settings.find((object) => object.kind === kind && object.name === name)
      : MeshNode.get(name)
  const losses = before && isSame(settings, before.settings) ? before.losses : []
  const settled = settle(resources, claims, ownerOf, { checked: before?.checked, losses })
  return { settings, ownerOf, settled, issues: [...stray.map(strayIssue), ...settledIssues(settled, ownerOf)] }
}

function settledIssues({ checked, losses, fatal }: Settled, ownerOf: OwnerOf): readonly Issue[] {
  const warnings = checked.problems.filter(({ severity }) => severity === 'warning')
  return [
    ...fatal.map((problem): Issue => ({ ...problemIssue(problem, ownerOf), severity: 'error' })),
    ...losses.map((loss) => lossIssue(loss, ownerOf)),
    ...warnings.map((problem) => problemIssue(problem, ownerOf)),
  ]
}

/**
 * Network and Sites that cannot be, or would throw out nodes that were well before and did not change, are refused as a whole: a slip in
 * them must not take the network down.
 */
function throwsOut({ settled: { fatal, losses } }: Trial, { result: { world } }: Assembled): boolean {
  if (world === undefined) return false
  const isThrownOut = ({ loser }: Loss): boolean =>
    loser.kind === 'Node' && world.nodes.get(loser.value.name) === loser.value
  return fatal.length > 0 || losses.some(isThrownOut)
}

function keptIssue({ ownerOf, settled: { fatal, losses } }: Trial): Issue {
  const [problem, ...more] = [...fatal, ...losses.map((loss) => loss.problem)]
  const said = problem === undefined ? '' : problemIssue(problem, ownerOf).message
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`
  const message = `the Network and the Sites as they are now would take out nodes that work, so that those before still count: ${said}${rest}`
  return warningAt(`Network/${NETWORK_NAME}`, message)
}

function lossIssue({ loser, against, problem }: Loss, ownerOf: OwnerOf): Issue {
  const what = loser.kind === 'NodeStatus' ? 'its status is left out' : 'it is left out'
  const others = against?.resources.map((resource) => placeOf(resource, ownerOf)) ?? []
  const whys = { older: `, as ${others[0]} is older`, many: `, as it contradicts ${others.length} others or more` }
  const why = against === undefined ? '' : whys[against.kind]
  return warningAt(placeOf(loser, ownerOf), `${what}${why}: ${inClusterWords(problem.message)}`)
}

function problemIssue({ resource, message }: Problem, ownerOf: OwnerOf): Issue {
  const place = resource === undefined ? `Network/${NETWORK_NAME}` : placeOf(resource, ownerOf)
  return warningAt(place, inClusterWords(message))
}

function placeOf(resource: Resource, ownerOf: OwnerOf): string {
  const owner = ownerOf(resource)
  return owner === undefined ? resourceName(resource) : `${owner.kind}/${owner.name}`
}

/** What stands in three files of a folder is one object here. */
const inClusterWords = (message: string): string => message.replaceAll(/\bNode(?:Status|Grant)?\//g, 'MeshNode/')

const NO_NETWORK: Issue = {
  ...warningAt(
    `Network/${NETWORK_NAME}`,
    `there is no Network: the cluster has none named "${NETWORK_NAME}"; "damask install" makes it`,
  ),
  severity: 'error',
}

const isTaken = ({ kind, name }: ClusterObject): boolean => kind !== 'Network' || name === NETWORK_NAME

const strayIssue = ({ kind, name }: ClusterObject): Issue =>
  warningAt(`${kind}/${name}`, `it is left out: the Network of a cluster is named "${NETWORK_NAME}"`)

const isSame = (a: readonly ClusterObject[], b: readonly ClusterObject[]): boolean =>
  a.length === b.length && a.every((object, index) => object === b[index])
