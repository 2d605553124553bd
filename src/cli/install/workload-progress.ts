// How far a roll-out is, and which pods keep it.
import type { KubernetesApi, KubernetesObject } from '../../store/index.ts'
import { NAMESPACE } from './namespace.ts'

export const DAEMON_SETS = { group: 'apps', version: 'v1', plural: 'daemonsets', namespace: NAMESPACE } as const
export const DEPLOYMENTS = { group: 'apps', version: 'v1', plural: 'deployments', namespace: NAMESPACE } as const

export type Progress = { readonly isDone: boolean; readonly ready: number; readonly wanted: number }

const NONE: Progress = { isDone: true, ready: 0, wanted: 0 }

/** Of one that is not there there is nothing to wait for. */
export async function daemonSetProgress(api: KubernetesApi, name: string): Promise<Progress> {
  const object = await api.get(DAEMON_SETS, name)
  if (object === undefined) return NONE
  const {
    observedGeneration,
    desiredNumberScheduled = 0,
    updatedNumberScheduled = 0,
    numberAvailable = 0,
  } = statusOf(object)
  // With OnDelete what is old stays, until somebody deletes it.
  const strategy = (object.spec as { updateStrategy?: { type?: string } } | undefined)?.updateStrategy?.type
  const isUpdated = strategy === 'OnDelete' || updatedNumberScheduled >= desiredNumberScheduled
  const isSeen = observedGeneration === object.metadata.generation
  return {
    isDone: isSeen && isUpdated && numberAvailable >= desiredNumberScheduled,
    ready: Math.min(numberAvailable, isUpdated ? numberAvailable : updatedNumberScheduled),
    wanted: desiredNumberScheduled,
  }
}

export async function deploymentProgress(api: KubernetesApi, name: string): Promise<Progress> {
  const object = await api.get(DEPLOYMENTS, name)
  if (object === undefined) return NONE
  const { observedGeneration, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = statusOf(object)
  const wanted = (object.spec as { replicas?: number } | undefined)?.replicas ?? 1
  const isUpdated = updatedReplicas >= wanted && replicas === updatedReplicas
  return {
    isDone: observedGeneration === object.metadata.generation && isUpdated && availableReplicas >= wanted,
    ready: Math.min(availableReplicas, updatedReplicas),
    wanted,
  }
}

const statusOf = ({ status }: KubernetesObject) => (status ?? {}) as Partial<Record<string, number>>

export type PodState = {
  readonly name: string
  /** Left out: it has none yet. */
  readonly node?: string
  readonly isReady: boolean
  /** What keeps it, as its kubelet or the scheduler says it. */
  readonly reason?: string
}

type ContainerStatus = {
  readonly state?: States
  readonly lastState?: States
}
type States = Partial<
  Record<'waiting' | 'terminated', { readonly reason?: string; readonly message?: string; readonly exitCode?: number }>
>
type PodStatus = {
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
  readonly containerStatuses?: readonly ContainerStatus[]
}

export async function podsOf(api: KubernetesApi, workload: string): Promise<readonly PodState[]> {
  const labelSelector = `app.kubernetes.io/name=${workload}`
  const pods = await api.list({ group: '', version: 'v1', plural: 'pods', namespace: NAMESPACE, labelSelector })
  return pods.map((pod) => {
    const status = (pod.status ?? {}) as PodStatus
    const node = (pod.spec as { nodeName?: string } | undefined)?.nodeName
    const reason = reasonOf(status)
    return {
      name: pod.metadata.name,
      ...(node !== undefined && { node }),
      isReady: status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
      ...(reason !== undefined && { reason }),
    }
  })
}

function reasonOf({
  conditions = [],
  initContainerStatuses = [],
  containerStatuses = [],
}: PodStatus): string | undefined {
  for (const { state, lastState } of [...initContainerStatuses, ...containerStatuses]) {
    const ended = [state?.terminated, lastState?.terminated].find((end) => end !== undefined && end.exitCode !== 0)
    const said = ended?.message?.trim().split('\n').at(-1)
    if (said !== undefined && said !== '') return `it ended with ${ended?.exitCode}: ${said}`
    const { reason, message } = state?.waiting ?? {}
    if (reason !== undefined && reason !== 'PodInitializing' && reason !== 'ContainerCreating')
      return message === undefined ? reason : `${reason}: ${message}`
  }
  return conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.message
}
