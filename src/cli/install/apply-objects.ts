// Objects into the cluster, by server-side apply: called again, it changes what differs and nothing else.
import { isApiFailure, type KubernetesApi, type KubernetesObject } from '../../store/index.ts'
import { type ClusterJob, waitFor } from './cluster-job.ts'
import { collectionOf, titleOf } from './kinds.ts'

export const FIELD_MANAGER = 'damask-install'

export type ObjectChange = { readonly object: string; readonly change: 'made' | 'changed' | 'unchanged' | 'removed' }

const ESTABLISHED_SECONDS = 60

export async function applyObjects(
  job: ClusterJob,
  objects: readonly KubernetesObject[],
): Promise<readonly ObjectChange[]> {
  const changes: ObjectChange[] = []
  let definitions: readonly string[] = []
  for (const object of objects) {
    if (object.kind === 'CustomResourceDefinition') definitions = [...definitions, object.metadata.name]
    else if (definitions.length > 0) {
      await established(job, definitions)
      definitions = []
    }
    const change = await applyObject(job.api, object)
    changes.push({ object: titleOf(object), change })
    if (change !== 'unchanged') job.tell(`${change} ${titleOf(object)}`)
  }
  return changes
}

async function applyObject(api: KubernetesApi, object: KubernetesObject): Promise<'made' | 'changed' | 'unchanged'> {
  const collection = collectionOf(object)
  const before = await api.get(collection, object.metadata.name)
  const after = await api.apply(collection, object, { fieldManager: FIELD_MANAGER, force: true }).catch((cause) => {
    throw new Error(`cannot write ${titleOf(object)}: ${messageOf(cause)}${adviceFor(cause)}`, { cause })
  })
  if (before === undefined) return 'made'
  return before.metadata.resourceVersion === after.metadata.resourceVersion ? 'unchanged' : 'changed'
}

/** The server serves a kind some moments after its definition. */
async function established(job: ClusterJob, names: readonly string[]): Promise<void> {
  const done = await waitFor(job, ESTABLISHED_SECONDS, async () => {
    const found = await Promise.all(names.map((name) => job.api.get(DEFINITIONS, name)))
    return found.every((definition) => definition !== undefined && isEstablished(definition))
      ? undefined
      : 'waiting for the API server to serve the kinds of Damask'
  })
  if (!done)
    throw new Error(
      `the API server ${job.api.server} does not serve ${names.join(', ')} after ${ESTABLISHED_SECONDS} s; \`kubectl describe crd ${names[0]}\` says why`,
    )
}

export const DEFINITIONS = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
} as const

type Status = { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }

const isEstablished = ({ status }: KubernetesObject): boolean =>
  (status as Status | undefined)?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') ??
  false

const adviceFor = (cause: unknown): string =>
  isApiFailure(cause) && cause.status === 403 ? '; installing needs the rights of the role cluster-admin' : ''

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
