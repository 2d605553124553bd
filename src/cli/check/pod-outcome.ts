// How far a pod of a check is, as its kubelet says it.
import type { KubernetesObject } from '../../store/index.ts'
import { tryUnpackReport } from './packed-report.ts'

export type PodOutcome = {
  readonly node: string
  readonly addresses: readonly string[]
  readonly isReady: boolean
  /** `reported`: ended, and `report` is what it handed back. `stuck`: it will not start; `waiting`: it may. */
  readonly state: 'waiting' | 'running' | 'reported' | 'failed' | 'stuck'
  readonly report?: unknown
  /** Of a pod that did not hand back a report. */
  readonly reason?: string
}

type State = {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly terminated?: { readonly exitCode: number; readonly message?: string; readonly reason?: string }
}
type Status = {
  readonly phase?: string
  readonly message?: string
  readonly podIPs?: readonly { readonly ip: string }[]
  readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  readonly containerStatuses?: readonly { readonly state?: State }[]
}

/** A kubelet goes on trying, but nothing comes of it before somebody does something. */
const STUCK = new Set([
  'ErrImageNeverPull',
  'ImagePullBackOff',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
])

export function outcomeOf({ spec = {}, status = {} }: KubernetesObject): PodOutcome {
  const { nodeName = '' } = spec as { readonly nodeName?: string }
  const { phase, message, podIPs = [], conditions = [], containerStatuses = [] } = status as Status
  const { waiting, terminated } = containerStatuses[0]?.state ?? {}
  const pod = {
    node: nodeName,
    addresses: podIPs.map(({ ip }) => ip),
    isReady: conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
  }
  if (terminated !== undefined) {
    const said = terminated.message?.trim() ?? ''
    const report = tryUnpackReport(said)
    if (report !== undefined) return { ...pod, state: 'reported', report }
    const last = said.split('\n').at(-1) || terminated.reason
    return { ...pod, state: 'failed', reason: `it ended with ${terminated.exitCode}: ${last}` }
  }
  if (phase === 'Failed') return { ...pod, state: 'failed', reason: message ?? 'its kubelet refused it' }
  if (phase === 'Running') return { ...pod, state: 'running' }
  const reason = waiting?.message ?? waiting?.reason
  const isStuck = STUCK.has(waiting?.reason ?? '')
  return { ...pod, state: isStuck ? 'stuck' : 'waiting', ...(reason !== undefined && { reason }) }
}
