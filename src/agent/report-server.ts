// The agent's HTTP socket over an agent that comes to life behind it: it is the first thing to be opened, as it keeps a second
// agent away, and until there is something to tell it says so.
import { type AgentReport, describeNow, freeAddresses, judgeNow } from './agent-report.ts'
import { renderMetrics } from './metrics.ts'
import { type StatusServer, type StatusServerOptions, serveStatus } from './status-server.ts'

export type ReportServer = StatusServer &
  Pick<StatusServerOptions, 'metrics' | 'readiness'> & {
    /** From now on there is something to tell. */
    readonly begin: (report: AgentReport) => void
  }

/** `illness`: what is wrong with the agent itself, from its first moment on. */
export async function serveReport(socketPath: string, illness: () => string | undefined): Promise<ReportServer> {
  let begun: AgentReport | undefined
  const report = (): AgentReport => {
    if (begun === undefined) throw new Error('the agent is just starting')
    return begun
  }
  const answers: Pick<StatusServerOptions, 'metrics' | 'readiness'> = {
    readiness: async () => judgeNow(report()),
    async metrics() {
      const { plane, pods, node } = report()
      const ownNode = plane.nodePlan.world()?.nodes.get(node)
      return renderMetrics({
        status: await describeNow(report()),
        report: plane.report(),
        freeAddresses: freeAddresses(ownNode, pods.pods()),
        loopDelay: pods.loopDelay(),
      })
    },
  }
  const server = await serveStatus({
    ...answers,
    socketPath,
    status: async () => describeNow(report()),
    liveness: async () => report().plane.liveness.current() ?? { deadNodes: [], deadLegs: [] },
    setLiveness: async (value) => report().plane.liveness.set(value),
    illness,
  })
  return {
    ...server,
    ...answers,
    begin(report) {
      begun = report
    },
  }
}
