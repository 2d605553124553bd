// What does not fit of one node of a cluster: between its Node, its MeshNode, the pod of its agent and what that agent says.
import type { ClusterFacts, CoreNode, MeshNode } from './cluster-facts.ts'
import type { ClusterPod } from './cluster-pod.ts'
import type { Trouble } from './cluster-status.ts'
import { ageOf } from './status-units.ts'

export type NodeParts = {
  readonly name: string
  readonly core: CoreNode | undefined
  readonly mesh: MeshNode | undefined
  readonly agent: ClusterPod | undefined
}

export type NodeSurroundings = {
  readonly facts: Pick<ClusterFacts, 'unknown'>
  readonly now: number
  /** That most agents have. */
  readonly version: string | undefined
  /** Nobody has a reason for a tunnel. */
  readonly isOneSite: boolean
  /** Of all of them. */
  readonly nodeCount: number
}

/** In a session that is used, WireGuard makes a handshake every 2 minutes. */
const HANDSHAKE_LIMIT_SECONDS = 15 * 60
/** Agents write the time of the last one down the more seldom the more they are: every 200 ms for each node. */
const HANDSHAKE_LIMIT_SECONDS_FOR_EACH_NODE = 0.4
const RESTART_LIMIT_MS = 3600_000

const error = (message: string): Trouble => ({ severity: 'error', message })
const warning = (message: string): Trouble => ({ severity: 'warning', message })

/** Each sentence once. */
export function findNodeTroubles(parts: NodeParts, surroundings: NodeSurroundings): readonly Trouble[] {
  const all = [
    ...kubeletTroubles(parts),
    ...meshNodeTroubles(parts, surroundings),
    ...agentTroubles(parts, surroundings),
    ...reportTroubles(parts),
    ...handshakeTroubles(parts, surroundings),
    ...versionTroubles(parts, surroundings),
    ...(parts.mesh?.conditions ?? []).map(({ type, message }) => warning(`${type}: ${message}`)),
  ]
  const said = all.filter(
    ({ message }, index) => !all.some((other, before) => before < index && other.message.includes(plain(message))),
  )
  return said.toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'))
}

/** A condition says with its type what the reason said without. */
const plain = (message: string): string => message.replace(/^[A-Z]\w*: /, '')

function kubeletTroubles({ core }: NodeParts): readonly Trouble[] {
  if (core === undefined || core.ready === 'True') return []
  const said = core.message === undefined ? '' : `: ${core.message}`
  return [error(core.ready === 'Unknown' ? `its kubelet does not answer${said}` : `Kubernetes has it NotReady${said}`)]
}

function meshNodeTroubles({ core, mesh }: NodeParts, { facts }: NodeSurroundings): readonly Trouble[] {
  if (mesh === undefined) return [error('it has no MeshNode: the controller has made none of it yet')]
  if (core === undefined && mesh.isManaged && !facts.unknown.has('nodes'))
    return [error('the cluster has no Node of this name any more; its MeshNode goes once the controller has seen that')]
  if (!mesh.takesPart) {
    const why =
      mesh.report === undefined
        ? 'its agent has not told the addresses of its links'
        : 'no link of it has its InternalIP, or what the annotation damask.dev/private-address says'
    return [error(`it takes no part yet, as its private address is not known: ${why}`)]
  }
  return []
}

function agentTroubles({ core, mesh, agent }: NodeParts, { facts, now }: NodeSurroundings): readonly Trouble[] {
  // Machines beside the cluster have no pods.
  if (facts.unknown.has('pods') || (core === undefined && !mesh?.isManaged)) return []
  if (agent === undefined)
    return core === undefined ? [] : [error('no agent: it has no pod of the DaemonSet damask-agent')]
  const why = agent.reason ?? 'its kubelet does not say why'
  // What the agent itself says is nearer.
  if (!agent.isReady) return mesh?.report?.ready === 'False' ? [] : [error(`its agent is not ready: ${why}`)]
  if (agent.endedAt === undefined || now - agent.endedAt > RESTART_LIMIT_MS) return []
  const times = agent.restarts === 1 ? 'once' : `${agent.restarts} times`
  return [warning(`its agent was restarted ${times}, the last time ${ageOf(agent.endedAt, now)} ago: ${why}`)]
}

function reportTroubles({ mesh }: NodeParts): readonly Trouble[] {
  if (mesh === undefined) return []
  if (mesh.report === undefined) return [error('its agent has not said anything yet')]
  const { ready, reason } = mesh.report
  return ready === 'True' ? [] : [error(reason ?? 'its agent says that it is not ready')]
}

function handshakeTroubles({ mesh }: NodeParts, { now, isOneSite, nodeCount }: NodeSurroundings): readonly Trouble[] {
  if (mesh?.report?.role !== 'gateway' || isOneSite) return []
  const at = Date.parse(mesh.report.lastHandshakeTime ?? '')
  if (Number.isNaN(at)) return [warning('no handshake with any other gateway yet')]
  const limitSeconds = HANDSHAKE_LIMIT_SECONDS + nodeCount * HANDSHAKE_LIMIT_SECONDS_FOR_EACH_NODE
  if (now - at <= limitSeconds * 1000) return []
  return [warning(`the last handshake was ${ageOf(at, now)} ago: nobody sends anything, or it reaches nobody`)]
}

function versionTroubles({ mesh }: NodeParts, { version }: NodeSurroundings): readonly Trouble[] {
  const own = mesh?.report?.version
  return own === undefined || version === undefined || own === version
    ? []
    : [warning(`its agent is of version ${own}; most are of ${version}`)]
}
