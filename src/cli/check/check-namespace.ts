// The namespace in which a check does all that it does in a cluster: it goes as a whole, whatever happened.
import type { KubernetesApi, KubernetesObject } from '../../store/index.ts'
import { type ClusterJob, waitFor } from '../install/cluster-job.ts'
import { PART_OF } from '../install/namespace.ts'

export const NAMESPACE = 'damask-check'

const NAMESPACES = { group: '', version: 'v1', plural: 'namespaces' } as const
const PRIVILEGED = { enforce: 'privileged', audit: 'privileged', warn: 'privileged' }
const REMOVAL_SECONDS = 120

const object: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: NAMESPACE,
    labels: {
      ...PART_OF,
      // Pods that look at a machine have its network, its processes and its files, the latter to read.
      ...Object.fromEntries(
        Object.entries(PRIVILEGED).map(([mode, level]) => [`pod-security.kubernetes.io/${mode}`, level]),
      ),
    },
  },
}

/** Makes it, lets the work be done, and takes it away: also where the work fails or is stopped. */
export async function inCheckNamespace<Result>(job: ClusterJob, work: () => Promise<Result>): Promise<Result> {
  const { api, tell } = job
  const before = await api.get(NAMESPACES, NAMESPACE)
  if (before !== undefined) {
    if (before.metadata.labels?.['app.kubernetes.io/part-of'] !== 'damask')
      throw new Error(`there is a namespace ${NAMESPACE} in the cluster that is not ours; rename or remove it`)
    tell(`removing the namespace ${NAMESPACE} of an earlier check`)
    await removeNamespace(job)
  }
  await api.create(NAMESPACES, object)
  try {
    return await work()
  } finally {
    // Whoever stopped us waits for that too, and may stop a second time.
    await removeNamespace({ ...job, signal: new AbortController().signal })
  }
}

async function removeNamespace(job: ClusterJob): Promise<void> {
  await job.api.remove(NAMESPACES, NAMESPACE, { propagation: 'Background' })
  const isGone = await waitFor({ ...job, tell: () => {} }, REMOVAL_SECONDS, async () =>
    (await job.api.get(NAMESPACES, NAMESPACE)) === undefined ? undefined : 'there',
  )
  if (!isGone)
    throw new Error(
      `the namespace ${NAMESPACE} is still there after ${REMOVAL_SECONDS} s; \`kubectl get namespace ${NAMESPACE} -o yaml\` says what holds it`,
    )
}

/** A collection of the namespace. */
export const here = (group: string, version: string, plural: string) =>
  ({ group, version, plural, namespace: NAMESPACE }) as const

export const PODS = here('', 'v1', 'pods')

export async function createAll(job: ClusterJob, pods: readonly KubernetesObject[]): Promise<void> {
  for (const pod of pods) {
    const isMade = await waitFor({ ...job, tell: () => {} }, ACCOUNT_SECONDS, () => tryCreate(job.api, pod))
    if (!isMade)
      throw new Error(
        `the namespace ${NAMESPACE} has no service account after ${ACCOUNT_SECONDS} s: does kube-controller-manager run?`,
      )
  }
}

const ACCOUNT_SECONDS = 30

/** The service account of a new namespace comes a moment after it, and no pod without. */
async function tryCreate(api: KubernetesApi, pod: KubernetesObject): Promise<string | undefined> {
  try {
    await api.create(PODS, pod)
    return undefined
  } catch (cause) {
    if (cause instanceof Error && /serviceaccount .* not found/.test(cause.message)) return cause.message
    throw cause
  }
}
