// Waits until all that an installation started is there, and says what is not.
import { API_VERSION } from '../../model/index.ts'
import type { KubernetesApi } from '../../store/index.ts'
import { AGENT } from './agent-daemon-set.ts'
import { type ClusterJob, waitFor } from './cluster-job.ts'
import { CONTROLLER } from './controller-deployment.ts'
import { KEEPER } from './keeper-daemon-set.ts'
import { daemonSetProgress, deploymentProgress, type Progress, podsOf } from './workload-progress.ts'

const [GROUP = '', VERSION = ''] = API_VERSION.split('/')

/** True: every node's agent is ready, and the controllers run. */
export async function waitForAgents(job: ClusterJob, timeoutSeconds: number): Promise<boolean> {
  const { api, tell } = job
  const isDone = await waitFor(job, timeoutSeconds, async () => {
    const [agents, keepers, controllers] = await Promise.all([
      daemonSetProgress(api, AGENT),
      daemonSetProgress(api, KEEPER),
      deploymentProgress(api, CONTROLLER),
    ])
    if (agents.isDone && keepers.isDone && controllers.isDone) return undefined
    return `ready: ${count(agents, 'agents')}, ${count(controllers, 'controllers')}${keepers.isDone ? '' : `, ${count(keepers, 'keepers of wireguard-go')}`}`
  })
  if (!isDone) for (const line of await missing(api)) tell(line)
  return isDone
}

const count = ({ ready, wanted }: Progress, name: string): string => `${ready} of ${wanted} ${name}`

const MOST_LINES = 20

async function missing(api: KubernetesApi): Promise<readonly string[]> {
  const reasons = await reportedReasons(api)
  const lines: string[] = []
  for (const workload of [CONTROLLER, KEEPER, AGENT]) {
    for (const { name, node, isReady, reason } of await podsOf(api, workload)) {
      if (isReady) continue
      const reported = workload === AGENT && node !== undefined ? reasons.get(node) : undefined
      const where = node === undefined ? `pod ${name}, which has no node,` : `pod ${name} on node ${node}`
      lines.push(`${where} is not ready: ${reported ?? reason ?? 'its kubelet does not say why'}`)
    }
  }
  if (lines.length === 0) return ['no pod is there yet: does kube-controller-manager run?']
  const rest = lines.length - MOST_LINES
  return rest > 0 ? [...lines.slice(0, MOST_LINES), `and ${rest} more`] : lines
}

/** What agents themselves say, by node. */
async function reportedReasons(api: KubernetesApi): Promise<ReadonlyMap<string, string>> {
  const nodes = await api.list({ group: GROUP, version: VERSION, plural: 'meshnodes' })
  return new Map(
    nodes.flatMap(({ metadata, status }): [string, string][] => {
      const { report } = (status ?? {}) as { readonly report?: { readonly ready?: string; readonly reason?: string } }
      return report?.ready === 'False' && report.reason !== undefined ? [[metadata.name, report.reason]] : []
    }),
  )
}
