// The status of an agent as of the moment in which somebody asks.
import { createHash } from 'node:crypto'
import { type LocalPod, type Node, prefixSize, type World } from '../model/index.ts'
import { type AgentStatus, describeAgent } from './agent-status.ts'
import type { Clock } from './clock.ts'
import type { DataPlane } from './data-plane.ts'
import type { Host, HostFinding } from './host-check.ts'
import { findMissingPlugin } from './missing-plugin.ts'
import type { PodServer } from './pod-server.ts'
import { judgeOwnPart, judgeReadiness, type Readiness, type ReadinessInput, type Reason } from './readiness.ts'
import { formatWorld } from './snapshot.ts'
import type { StoreLink } from './store-link.ts'
import { findWidePodLinks } from './wide-pod-links.ts'

/** What a status is made of. */
export type AgentReport = Pick<AgentStatus, 'node' | 'publicKey' | 'startedAt' | 'findings'> & {
  readonly wireguard: () => AgentStatus['wireguard']
  /** What was found since it started; `findings` were there then. */
  readonly laterFindings: () => readonly HostFinding[]
  readonly host: Pick<Host, 'routes' | 'ipv6MtuBytes'>
  readonly plane: DataPlane
  readonly pods: PodServer
  readonly store: StoreLink['condition']
  readonly source: () => AgentStatus['world']['source']
  readonly clock: Clock
}

export async function describeNow(agent: AgentReport): Promise<AgentStatus> {
  const ready = await judgeNow(agent)
  const { plane, pods, store, source, clock, node, publicKey, startedAt, wireguard } = agent
  const world = plane.nodePlan.world()
  return describeAgent({
    node,
    publicKey,
    startedAt,
    wireguard: wireguard(),
    findings: findingsNow(agent),
    ready,
    report: plane.report(),
    nodePlan: plane.nodePlan,
    peers: plane.peers,
    directory: plane.directory(),
    liveness: plane.liveness.current(),
    hostNames: plane.hostNames.states(),
    pods: pods.pods(),
    podsError: pods.error(),
    store: store(),
    world: { source: source(), nodes: world?.nodes.size ?? 0, ...(world && { revision: revisionOf(world) }) },
    now: clock.now(),
  })
}

export const findingsNow = ({ findings, laterFindings, plane, node, host }: AgentReport): readonly HostFinding[] => [
  ...findings,
  ...laterFindings(),
  ...findMissingPlugin(plane.nodePlan.plan(), node, host.routes),
  ...findWidePodLinks(plane.nodePlan.plan(), node, host),
]

export async function judgeNow(agent: AgentReport): Promise<Readiness> {
  await agent.plane.refreshPeers()
  return judgeReadiness(readinessInput(agent))
}

/** Why the node does not do its own part; nothing: it is ready. */
export const ownReasons = (agent: AgentReport): readonly Reason[] => judgeOwnPart(readinessInput(agent))

function readinessInput({ plane, pods, node, startedAt, clock }: AgentReport): ReadinessInput {
  const { nodePlan } = plane
  const plan = nodePlan.plan()
  const site = plan?.sites.get(plan.nodeNamed(node)?.siteName ?? '')
  return {
    world: nodePlan.world(),
    isCurrent: plane.isCurrent(),
    report: plane.report(),
    addressesInstead: (site?.nodes.length ?? 0) > 1 ? nodePlan.localView()?.addressesInstead : undefined,
    podsError: pods.error(),
    peers: plane.peers,
    hostNames: plane.hostNames.states(),
    directory: plane.directory(),
    ownName: node,
    startedAt,
    now: clock.now(),
  }
}

const revisions = new WeakMap<World, string>()

/** The same for the same content, on every node. */
function revisionOf(world: World): string {
  const known = revisions.get(world)
  if (known !== undefined) return known
  const revision = createHash('sha256').update(formatWorld(world)).digest('hex').slice(0, 12)
  revisions.set(world, revision)
  return revision
}

/** Addresses that pods may still be given, in the family that has fewer. */
export function freeAddresses(node: Node | undefined, pods: readonly LocalPod[]): number {
  const free = ([4, 6] as const).flatMap((family) => {
    const prefixes = node?.podPrefixes.filter((prefix) => prefix.family === family) ?? []
    if (prefixes.length === 0) return []
    // The network's own address, the gateway's, and the broadcast address of IPv4 are nobody's.
    const room = prefixes.reduce((sum, prefix) => sum + Number(prefixSize(prefix)) - (family === 4 ? 3 : 2), 0)
    return [room - pods.filter(({ addresses }) => addresses.some((address) => address.family === family)).length]
  })
  return free.length === 0 ? 0 : Math.max(0, Math.min(...free))
}
