// What agents say of their nodes, where Damask is installed.
import { API_VERSION } from '../../model/index.ts'
import { isApiFailure, type KubernetesApi, type KubernetesObject } from '../../store/index.ts'
import { AGENT } from '../install/agent-daemon-set.ts'
import { DAEMON_SETS, podsOf } from '../install/workload-progress.ts'
import type { Finding } from './finding.ts'

export type AgentState = {
  readonly isReady: boolean
  readonly reason?: string
  readonly site?: string
  /** Behind NAT where there is none. */
  readonly endpoint?: string
  readonly isGateway: boolean
  /** A peer of it was ever heard. */
  readonly hasHandshake: boolean
}

export type Agents = {
  readonly isInstalled: boolean
  readonly byNode: ReadonlyMap<string, AgentState>
}

const [GROUP = '', VERSION = ''] = API_VERSION.split('/')

export async function readAgents(api: KubernetesApi): Promise<Agents> {
  const daemonSet = await api.get(DAEMON_SETS, AGENT)
  if (daemonSet === undefined) return { isInstalled: false, byNode: new Map() }
  const [meshNodes, pods] = await Promise.all([listMeshNodes(api), podsOf(api, AGENT)])
  const reports = new Map(meshNodes.map((node) => [node.metadata.name, reportOf(node)]))
  const byNode = new Map<string, AgentState>()
  for (const { node, isReady, reason } of pods) {
    if (node === undefined) continue
    const report = reports.get(node)
    const said = report?.reason ?? reason
    byNode.set(node, {
      isReady: isReady && report?.ready !== 'False',
      isGateway: report?.role === 'gateway',
      hasHandshake: report?.lastHandshakeTime !== undefined,
      ...(said !== undefined && { reason: said }),
      ...(report?.site !== undefined && { site: report.site }),
      ...(report?.endpoint !== undefined && { endpoint: report.endpoint }),
    })
  }
  return { isInstalled: true, byNode }
}

type Report = {
  readonly site?: string
  readonly role?: string
  readonly endpoint?: string
  readonly ready?: string
  readonly reason?: string
  readonly lastHandshakeTime?: string
}

const reportOf = ({ status }: KubernetesObject): Report | undefined =>
  (status as { readonly report?: Report } | undefined)?.report

async function listMeshNodes(api: KubernetesApi): Promise<readonly KubernetesObject[]> {
  try {
    return await api.list({ group: GROUP, version: VERSION, plural: 'meshnodes' })
  } catch (cause) {
    if (isApiFailure(cause) && cause.status === 404) return []
    throw cause
  }
}

export function judgeAgents({ isInstalled, byNode }: Agents, nodes: readonly string[]): readonly Finding[] {
  if (!isInstalled)
    return [
      {
        severity: 'warning',
        topic: 'agents',
        what: 'Damask is not installed in this cluster: what is tried is the network of somebody else',
        advice: 'damask install',
      },
    ]
  const missing = nodes.filter((name) => !byNode.has(name))
  const bad = [...byNode].filter(([, { isReady }]) => !isReady)
  const findings: readonly Finding[] = [
    ...bad.map(
      ([name, { reason }]): Finding => ({
        severity: 'error',
        topic: 'agents',
        what: `the agent is not ready: ${reason ?? 'it does not say why'}`,
        advice: `\`kubectl -n damask-system logs -l app.kubernetes.io/name=${AGENT}\`, and \`damask status\` on the node`,
        nodes: [name],
      }),
    ),
    ...(missing.length > 0
      ? [
          {
            severity: 'error',
            topic: 'agents',
            what: 'no agent runs on the node',
            advice: `kubectl -n damask-system describe daemonset ${AGENT}`,
            nodes: missing,
          } as const,
        ]
      : []),
  ]
  return findings.length > 0
    ? findings
    : [{ severity: 'ok', topic: 'agents', what: `the agents of all ${byNode.size} nodes are ready` }]
}
