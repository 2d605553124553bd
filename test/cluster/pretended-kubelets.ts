// Nodes without machines: what a kubelet would say of the pods that they are given, so that DaemonSets and Deployments come to their end.
import { request } from 'node:https'
import type { Collection, KubernetesApi, KubernetesObject } from '../../src/store/index.ts'
import type { ApiServer } from '../api-server.ts'

const NODES: Collection = { group: '', version: 'v1', plural: 'nodes' }
const PODS: Collection = { group: '', version: 'v1', plural: 'pods' }

export type PretendedKubelets = {
  /** What it says of a pod from now on; undefined: that it is ready. */
  readonly refuse: (isMeant: (pod: KubernetesObject) => boolean, message: string) => void
  readonly refuseNothing: () => void
  readonly close: () => void
}

/** `podPrefixes`: of each node, by its name. */
export async function pretendKubelets(
  server: ApiServer,
  api: KubernetesApi,
  podPrefixes: Readonly<Record<string, string>>,
): Promise<PretendedKubelets> {
  for (const [name, podCIDR] of Object.entries(podPrefixes)) {
    const labels = { 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': name }
    const spec = { podCIDR, podCIDRs: [podCIDR] }
    await api.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec })
    await sayReady(api, name, 'True')
  }
  let refused: { readonly isMeant: (pod: KubernetesObject) => boolean; readonly message: string } | undefined
  const ended = new AbortController()
  void (async () => {
    while (!ended.signal.aborted) {
      for (const pod of await api.list(PODS).catch(() => [])) {
        const message = refused?.isMeant(pod) ? refused.message : undefined
        await tend(server, api, pod, message).catch(() => {}) // somebody changed it meanwhile: the next turn looks again
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })()
  return {
    refuse: (isMeant, message) => {
      refused = { isMeant, message }
    },
    refuseNothing: () => {
      refused = undefined
    },
    close: () => ended.abort(),
  }
}

/** `Unknown`: its kubelet is away. */
export async function sayReady(api: KubernetesApi, node: string, status: 'True' | 'Unknown'): Promise<void> {
  const conditions = [
    { type: 'Ready', status, reason: 'Pretended', message: '', lastHeartbeatTime: TIME, lastTransitionTime: TIME },
  ]
  const capacity = { cpu: '4', memory: '8Gi', pods: '110' }
  await api.mergePatch(NODES, node, { status: { conditions, capacity, allocatable: capacity } }, 'status')
}

const TIME = '2026-01-01T00:00:00Z'

async function tend(
  server: ApiServer,
  api: KubernetesApi,
  pod: KubernetesObject,
  refusal: string | undefined,
): Promise<void> {
  const { name, namespace = '', deletionTimestamp } = pod.metadata
  const { nodeName } = pod.spec as { readonly nodeName?: string }
  const collection = { ...PODS, namespace }
  if (nodeName === undefined) return
  if (deletionTimestamp !== undefined) return end(server, `/api/v1/namespaces/${namespace}/pods/${name}`)
  const isReady = refusal === undefined
  const container = {
    name: 'it',
    image: 'it',
    imageID: 'it',
    ready: isReady,
    restartCount: 0,
    started: isReady,
    state: isReady ? { running: { startedAt: TIME } } : { waiting: { reason: 'ImagePullBackOff', message: refusal } },
  }
  const conditions = ['Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    type,
    status: isReady || type === 'PodScheduled' ? 'True' : 'False',
    lastTransitionTime: TIME,
  }))
  const status = { phase: isReady ? 'Running' : 'Pending', conditions, containerStatuses: [container], startTime: TIME }
  if (statusText(pod.status) === statusText(status)) return
  await api.mergePatch(collection, name, { status }, 'status')
}

/** As a kubelet does once the containers ended. */
function end({ url, certificate, tokens }: ApiServer, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 })
    const headers = {
      authorization: `Bearer ${tokens.admin}`,
      'content-type': 'application/json',
      // Of a DELETE, Node does not say by itself that there is a body.
      'content-length': Buffer.byteLength(body),
    }
    const asked = request(`${url}${path}`, { method: 'DELETE', ca: certificate, headers }, (answer) => {
      answer.resume()
      answer.once('end', resolve)
    })
    asked.once('error', reject)
    asked.end(body)
  })
}

const statusText = (status: unknown): string => {
  const { phase, conditions = [] } = (status ?? {}) as {
    phase?: string
    conditions?: { type: string; status: string }[]
  }
  return JSON.stringify([phase, conditions.find(({ type }) => type === 'Ready')?.status])
}
