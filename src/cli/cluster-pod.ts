// A pod of ours as its kubelet and the scheduler tell of it.
import type { KubernetesObject } from '../store/index.ts'

export type ClusterPod = {
  readonly name: string
  /** The DaemonSet or Deployment that it is of. */
  readonly workload: string
  /** Left out: it has none yet. */
  readonly node?: string
  readonly isReady: boolean
  readonly restarts: number
  /** When a container of it ended the last time, in milliseconds since 1970. */
  readonly endedAt?: number
  /** Why it is not ready, or why it ended the last time. */
  readonly reason?: string
  readonly containers: readonly string[]
}

type State = {
  readonly reason?: string
  readonly message?: string
  readonly exitCode?: number
  readonly finishedAt?: string
}
type States = { readonly waiting?: State; readonly terminated?: State }
type ContainerStatus = {
  readonly name: string
  readonly restartCount?: number
  readonly state?: States
  readonly lastState?: States
}
type Condition = { readonly type: string; readonly status: string; readonly message?: string }
type PodSpec = { readonly nodeName?: string; readonly containers?: readonly { readonly name: string }[] }
type PodStatus = {
  readonly phase?: string
  readonly message?: string
  readonly conditions?: readonly Condition[]
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
}

export function podOf({ metadata, spec, status }: KubernetesObject): ClusterPod {
  const { nodeName, containers = [] } = (spec ?? {}) as PodSpec
  const { conditions = [], initContainerStatuses = [], containerStatuses = [], ...rest } = (status ?? {}) as PodStatus
  const all = [...initContainerStatuses, ...containerStatuses]
  const isReady = conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True')
  const ends = all.flatMap(({ lastState }) => Date.parse(lastState?.terminated?.finishedAt ?? '') || [])
  const reason = reasonOf(all, conditions) ?? rest.message ?? (rest.phase === 'Failed' ? 'it failed' : undefined)
  return {
    name: metadata.name,
    workload: metadata.labels?.['app.kubernetes.io/name'] ?? '',
    ...(nodeName !== undefined && { node: nodeName }),
    isReady: isReady && metadata.deletionTimestamp === undefined,
    restarts: all.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    ...(ends.length > 0 && { endedAt: Math.max(...ends) }),
    ...(reason !== undefined && { reason }),
    containers: containers.map(({ name }) => name),
  }
}

function reasonOf(all: readonly ContainerStatus[], conditions: readonly Condition[]): string | undefined {
  for (const { state, lastState } of all) {
    const ended = [state?.terminated, lastState?.terminated].find((end) => end !== undefined && end.exitCode !== 0)
    if (ended !== undefined)
      return `it ended with ${ended.exitCode}: ${lastLine(ended.message) ?? ended.reason ?? 'no word'}`
    const { reason, message } = state?.waiting ?? {}
    if (reason !== undefined) return message === undefined ? reason : `${reason}: ${message}`
  }
  return conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.message
}

function lastLine(text: string | undefined): string | undefined {
  const line = text?.trim().split('\n').at(-1)
  return line === '' ? undefined : line
}
