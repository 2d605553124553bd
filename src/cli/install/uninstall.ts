// Damask out of a cluster: first what would put things back, then what stands on the nodes, then what is in the API.
import { API_VERSION } from '../../model/index.ts'
import { type Collection, isApiFailure, type KubernetesApi, type KubernetesObject } from '../../store/index.ts'
import { AGENT } from './agent-daemon-set.ts'
import { applyObjects, DEFINITIONS, type ObjectChange } from './apply-objects.ts'
import { CLEANUP, cleanupDaemonSet } from './cleanup-daemon-set.ts'
import { type ClusterJob, waitFor } from './cluster-job.ts'
import { CONTROLLER } from './controller-deployment.ts'
import type { InstallSettings } from './install-settings.ts'
import { KEEPER } from './keeper-daemon-set.ts'
import { collectionOf, titleOf } from './kinds.ts'
import { listIfServed } from './list-if-served.ts'
import { manifests } from './manifests.ts'
import { NAMESPACE, namespace } from './namespace.ts'
import { someNames } from './some-names.ts'
import { DAEMON_SETS, DEPLOYMENTS, podsOf } from './workload-progress.ts'

export type UninstallOptions = {
  readonly settings: InstallSettings
  readonly keepsDefinitions: boolean
  /** Go on where a node could not be cleaned. */
  readonly isForced: boolean
  readonly timeoutSeconds: number
}

const [GROUP = '', VERSION = ''] = API_VERSION.split('/')
const MESH_NODES: Collection = { group: GROUP, version: VERSION, plural: 'meshnodes' }
const NODES: Collection = { group: '', version: 'v1', plural: 'nodes' }

/** Undefined: nodes could not be cleaned, and all that is in the API is left, so that it can be called again. */
export async function uninstall(
  job: ClusterJob,
  options: UninstallOptions,
): Promise<readonly ObjectChange[] | undefined> {
  const { api } = job
  const changes: ObjectChange[] = []
  const remove = async (collection: Collection, name: string, title: string): Promise<void> => {
    if (!(await removeIfServed(api, collection, name))) return
    changes.push({ object: title, change: 'removed' })
    job.tell(`removed ${title}`)
  }
  await remove(DEPLOYMENTS, CONTROLLER, `Deployment ${CONTROLLER}`)
  await remove(DAEMON_SETS, AGENT, `DaemonSet ${AGENT}`)
  await untilGone(job, [CONTROLLER, AGENT], options.timeoutSeconds)
  // Its processes are tunnels: they end while the guards still stand.
  await remove(DAEMON_SETS, KEEPER, `DaemonSet ${KEEPER}`)
  await untilGone(job, [KEEPER], options.timeoutSeconds)
  if (!(await cleanNodes(job, options))) return undefined
  await remove(DAEMON_SETS, CLEANUP, `DaemonSet ${CLEANUP}`)
  const all = manifests({ version: '', settings: { ...options.settings, hasAdmissionPolicy: true } })
  for (const object of [...all].reverse().filter((one) => isClusterWide(one) && !isDefinition(one)))
    await remove(collectionOf(object), object.metadata.name, titleOf(object))
  await removeDefinitions(job, options, remove)
  await gone(job, options.timeoutSeconds)
  return changes
}

const isDefinition = ({ kind }: KubernetesObject): boolean => kind === 'CustomResourceDefinition'
/** What is in the namespace goes with it. */
const isClusterWide = ({ metadata }: KubernetesObject): boolean => metadata.namespace === undefined

async function removeDefinitions(
  { api }: ClusterJob,
  { keepsDefinitions, settings }: UninstallOptions,
  remove: (collection: Collection, name: string, title: string) => Promise<void>,
): Promise<void> {
  if (keepsDefinitions) {
    // The Network and its Sites are people's; what nodes were is nobody's.
    for (const { metadata } of await listIfServed(api, MESH_NODES))
      await remove(MESH_NODES, metadata.name, `MeshNode ${metadata.name}`)
    return
  }
  for (const object of manifests({ version: '', settings }).filter(isDefinition))
    await remove(DEFINITIONS, object.metadata.name, titleOf(object))
}

/** True: every node that answers is clean. */
async function cleanNodes(job: ClusterJob, { settings, timeoutSeconds, isForced }: UninstallOptions): Promise<boolean> {
  const { api, tell } = job
  if ((await api.get(collectionOf(namespace), NAMESPACE)) === undefined) return true
  await applyObjects(job, [cleanupDaemonSet(settings)])
  const isDone = await waitFor(job, timeoutSeconds, async () => {
    const { answering } = await nodesOf(api)
    const cleaned = new Set((await podsOf(api, CLEANUP)).filter(({ isReady }) => isReady).map(({ node }) => node))
    const left = answering.filter((name) => !cleaned.has(name))
    return left.length === 0
      ? undefined
      : `clean: ${answering.length - left.length} of ${answering.length} nodes; still to be: ${someNames(left)}`
  })
  const { silent } = await nodesOf(api)
  if (silent.length > 0)
    tell(`${someNames(silent)} did not answer and could not be cleaned; once back, call \`damask node clean\` there`)
  if (isDone) return true
  for (const { node, name, isReady, reason } of await podsOf(api, CLEANUP))
    if (!isReady) tell(`${node ?? name} is not clean: ${reason ?? 'its kubelet does not say why'}`)
  if (isForced) return true
  tell('nothing more was removed, so that this can be called again; --force removes the rest all the same')
  return false
}

/** A node whose kubelet is away has a Ready condition that is Unknown; one without a network plugin has one that is False. */
async function nodesOf(api: KubernetesApi): Promise<{ readonly answering: string[]; readonly silent: string[] }> {
  type Conditions = { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
  const isSilent = ({ status }: KubernetesObject): boolean =>
    (status as Conditions | undefined)?.conditions?.find(({ type }) => type === 'Ready')?.status === 'Unknown'
  const nodes = await api.list({ ...NODES, labelSelector: 'kubernetes.io/os=linux' })
  const names = (those: readonly KubernetesObject[]) => those.map(({ metadata }) => metadata.name)
  return { answering: names(nodes.filter((node) => !isSilent(node))), silent: names(nodes.filter(isSilent)) }
}

/** Pods of nodes that do not answer stay in the API until these do. */
async function untilGone(job: ClusterJob, workloads: readonly string[], timeoutSeconds: number): Promise<void> {
  const isDone = await waitFor(job, timeoutSeconds, async () => {
    const { silent } = await nodesOf(job.api)
    const pods = (await Promise.all(workloads.map((name) => podsOf(job.api, name)))).flat()
    const left = pods.filter(({ node }) => node !== undefined && !silent.includes(node))
    return left.length === 0 ? undefined : `waiting for ${left.length} pods of ${workloads.join(' and ')} to end`
  })
  if (!isDone) throw new Error(`pods of ${workloads.join(' and ')} did not end in ${timeoutSeconds} s; call this again`)
}

async function gone(job: ClusterJob, timeoutSeconds: number): Promise<void> {
  const isGone = await waitFor(job, timeoutSeconds, async () =>
    (await job.api.get(collectionOf(namespace), NAMESPACE)) === undefined
      ? undefined
      : `waiting for Namespace ${NAMESPACE} to be gone`,
  )
  if (!isGone)
    throw new Error(
      `Namespace ${NAMESPACE} is still there after ${timeoutSeconds} s; \`kubectl get namespace ${NAMESPACE} -o yaml\` says what holds it`,
    )
}

async function removeIfServed(api: KubernetesApi, collection: Collection, name: string): Promise<boolean> {
  try {
    return await api.remove(collection, name, { propagation: 'Background' })
  } catch (cause) {
    if (isApiFailure(cause) && cause.status === 404) return false
    throw cause
  }
}
