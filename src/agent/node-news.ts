// What an agent tells people of its node, in the store: how it is in one line, and what is wrong.
import { formatEndpoint, type Node, type NodeReport } from '../model/index.ts'
import { type AgentReport, findingsNow, ownReasons } from './agent-report.ts'
import { nodeConditions } from './node-conditions.ts'
import type { Reason } from './readiness.ts'
import type { NodeNews } from './store-link.ts'

export type NodeNewsOptions = {
  readonly agent: AgentReport
  /** Of the agent. */
  readonly version: string
  /** The agent's work does not go on. */
  readonly isIll: boolean
}

const LONGEST_REASON = 500

export function describeNode({ agent, version, isIll }: NodeNewsOptions): NodeNews {
  const { plane, node } = agent
  const { state, error, failures } = plane.report()
  // In the middle of a round a plan that stood is just being brought up to date: that is no news.
  const isUnderWay = state !== undefined && error === undefined
  const reasons = ownReasons(agent).filter(({ kind }) => !(isUnderWay && kind === 'not-applied'))
  return {
    report: { ...placeOf(agent), ...readinessOf(agent, reasons, isIll), ...numbersOf(agent), version },
    conditions: nodeConditions({
      node,
      findings: findingsNow(agent),
      failures,
      reasons,
      plan: plane.nodePlan.plan(),
      isIll,
    }),
  }
}

function placeOf({
  plane: { nodePlan },
  node: name,
}: AgentReport): Pick<NodeReport, 'site' | 'role' | 'slot' | 'endpoint'> {
  const planned = nodePlan.plan()?.nodeNamed(name)
  if (planned === undefined) return {}
  const { node, siteName, isGateway, slot } = planned
  const endpoint = endpointText(node)
  return {
    site: siteName,
    role: isGateway ? 'gateway' : 'member',
    ...(isGateway && { slot }),
    ...(endpoint !== undefined && { endpoint }),
  }
}

/** As gateways of slot 1 reach it. */
function endpointText({ endpoint }: Node): string | undefined {
  if (endpoint === undefined) return undefined
  const { host, ports } = endpoint
  const port = ports?.[0] ?? endpoint.port
  return typeof host === 'string' ? `${host}:${port}` : formatEndpoint({ address: host, port })
}

function readinessOf(
  agent: AgentReport,
  [first]: readonly Reason[],
  isIll: boolean,
): Pick<NodeReport, 'isReady' | 'reason'> {
  if (isIll) return { isReady: false, reason: 'the kernel does not answer' }
  if (first === undefined) return { isReady: true }
  const store = agent.store()
  // Without any world, what the store says of it is nearer.
  const reason = first.kind === 'no-world' && 'message' in store ? store.message : first.message
  return { isReady: false, reason: reason.slice(0, LONGEST_REASON) }
}

function numbersOf({ plane, pods }: AgentReport): Pick<NodeReport, 'lastHandshakeAt' | 'pods'> {
  const lastSeconds = plane.peers.activity().reduce((latest, { lastHandshake }) => Math.max(latest, lastHandshake), 0)
  return { pods: pods.pods().length, ...(lastSeconds > 0 && { lastHandshakeAt: lastSeconds * 1000 }) }
}
