// How the network of a cluster is, made of what the API server knows: each node, each site, and what does not fit, the worst first.
import type { ClusterFacts, NetworkSpec } from './cluster-facts.ts'
import { AGENT, CONTROLLER, KEEPER } from './cluster-names.ts'
import type { ClusterPod } from './cluster-pod.ts'
import { findClusterTroubles } from './cluster-troubles.ts'
import { findNodeTroubles, type NodeParts, type NodeSurroundings } from './node-troubles.ts'
import { describeSites, type SiteStatus } from './site-status.ts'

export type ClusterStatus = {
  readonly server: string
  readonly kubernetes?: string
  readonly network?: NetworkSpec
  /** Nothing is wrong that keeps pods from reaching each other. */
  readonly isReady: boolean
  readonly controller: {
    readonly leader?: string
    readonly secondsSinceRenewal?: number
    readonly pods: PodCount
  }
  readonly agents: PodCount & { readonly versions: readonly { readonly version: string; readonly nodes: number }[] }
  /** Of wireguard-go; left out: none is there. */
  readonly keepers?: PodCount
  /** Of the cluster, not of one node. */
  readonly troubles: readonly Trouble[]
  readonly sites: readonly SiteStatus[]
  /** Those with errors first, then those with warnings. */
  readonly nodes: readonly NodeStatusInCluster[]
}

export type Trouble = { readonly severity: 'error' | 'warning'; readonly message: string }

export type PodCount = { readonly ready: number; readonly total: number }

export type NodeStatusInCluster = {
  readonly name: string
  readonly site?: string
  readonly role?: 'gateway' | 'member'
  readonly slot?: number
  readonly endpoint?: string
  readonly isReady: boolean
  readonly secondsSinceHandshake?: number
  readonly pods?: number
  readonly version?: string
  readonly agent?: { readonly pod: string; readonly isReady: boolean; readonly restarts: number }
  readonly troubles: readonly Trouble[]
}

/** What the store has to say of an object; of a node if it names one. */
export type ObjectIssue = Trouble & { readonly node?: string }

/** `now` in milliseconds since 1970. */
export function describeCluster(facts: ClusterFacts, now: number, issues: readonly ObjectIssue[] = []): ClusterStatus {
  const { server, kubernetes, network, pods } = facts
  const versions = countVersions(facts)
  const surroundings: NodeSurroundings = {
    facts,
    now,
    version: versions[0]?.version,
    isOneSite: new Set(facts.meshNodes.map(({ report }) => report?.site)).size < 2,
    nodeCount: facts.meshNodes.length,
  }
  const nodes = partsOf(facts).map((parts): NodeStatusInCluster => {
    const own = issues.filter(({ node }) => node === parts.name)
    return describeNode(parts, surroundings, own)
  })
  const troubles = [
    ...findClusterTroubles(facts, now),
    ...issues.filter(({ node }) => node === undefined || !nodes.some(({ name }) => name === node)).map(bare),
  ]
  const keepers = pods.filter(({ workload }) => workload === KEEPER)
  const agents = pods.filter(({ workload }) => workload === AGENT)
  return {
    server,
    ...(kubernetes !== undefined && { kubernetes }),
    ...(network !== undefined && { network }),
    isReady: nodes.length > 0 && [...troubles, ...nodes.flatMap((node) => node.troubles)].every(isWarning),
    controller: { ...leaderOf(facts, now), pods: count(pods.filter(({ workload }) => workload === CONTROLLER)) },
    agents: { ...count(agents), versions },
    ...(keepers.length > 0 && { keepers: count(keepers) }),
    troubles,
    sites: describeSites(nodes),
    nodes: nodes.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1)),
  }
}

const isWarning = ({ severity }: Trouble): boolean => severity === 'warning'
const bare = ({ severity, message }: Trouble): Trouble => ({ severity, message })
const rank = ({ troubles }: NodeStatusInCluster): number =>
  troubles.length === 0 ? 2 : troubles.every(isWarning) ? 1 : 0
const count = (pods: readonly ClusterPod[]): PodCount => ({
  ready: pods.filter(({ isReady }) => isReady).length,
  total: pods.length,
})

/** A machine is here if any kind of object names it. */
function partsOf({ nodes, meshNodes, pods }: ClusterFacts): readonly NodeParts[] {
  const core = new Map(nodes.filter(({ isLinux }) => isLinux).map((node) => [node.name, node]))
  const mesh = new Map(meshNodes.map((node) => [node.name, node]))
  // While one is replaced there may be two: the one that is ready counts.
  const ours = pods
    .filter(({ workload }) => workload === AGENT)
    .toSorted((a, b) => Number(a.isReady) - Number(b.isReady))
  const agents = new Map(ours.flatMap((pod) => (pod.node === undefined ? [] : [[pod.node, pod] as const])))
  return [...new Set([...core.keys(), ...mesh.keys()])].map((name) => ({
    name,
    core: core.get(name),
    mesh: mesh.get(name),
    agent: agents.get(name),
  }))
}

function describeNode(
  parts: NodeParts,
  surroundings: NodeSurroundings,
  issues: readonly Trouble[],
): NodeStatusInCluster {
  const { name, mesh, agent } = parts
  const { site, role, slot, endpoint, pods, version, lastHandshakeTime, ready } = mesh?.report ?? {}
  const handshakeAt = Date.parse(lastHandshakeTime ?? '')
  const troubles = [...findNodeTroubles(parts, surroundings), ...issues.map(bare)]
  return {
    name,
    ...(site !== undefined && { site }),
    ...(role !== undefined && { role }),
    ...(slot !== undefined && { slot }),
    ...(endpoint !== undefined && { endpoint }),
    isReady: ready === 'True' && troubles.every(isWarning),
    ...(!Number.isNaN(handshakeAt) && {
      secondsSinceHandshake: Math.max(0, Math.round((surroundings.now - handshakeAt) / 1000)),
    }),
    ...(pods !== undefined && { pods }),
    ...(version !== undefined && { version }),
    ...(agent && { agent: { pod: agent.name, isReady: agent.isReady, restarts: agent.restarts } }),
    troubles,
  }
}

/** The one that most nodes have first. */
function countVersions({ meshNodes }: ClusterFacts): ClusterStatus['agents']['versions'] {
  const counts = new Map<string, number>()
  for (const { report } of meshNodes) {
    if (report?.version !== undefined) counts.set(report.version, (counts.get(report.version) ?? 0) + 1)
  }
  return [...counts]
    .map(([version, nodes]) => ({ version, nodes }))
    .toSorted((a, b) => b.nodes - a.nodes || (a.version > b.version ? -1 : 1))
}

function leaderOf({ lease }: ClusterFacts, now: number): Omit<ClusterStatus['controller'], 'pods'> {
  if (lease?.holder === undefined) return {}
  const { holder, renewedAt } = lease
  return {
    leader: holder,
    ...(renewedAt !== undefined && { secondsSinceRenewal: Math.max(0, Math.round((now - renewedAt) / 1000)) }),
  }
}
