// What a bug report needs of a cluster: the objects that the network is made of, how it is, and what ours have written down.
import type { Collection, KubernetesApi, KubernetesObject } from '../../store/index.ts'
import { type LookClock, openClusterLook } from '../cluster-look.ts'
import {
  AGENT,
  CONFIG_MAPS,
  DAEMON_SETS,
  DEPLOYMENTS,
  EVENTS,
  KEEPER,
  LEASES,
  MESH_NODES,
  NAMESPACE,
  NETWORKS,
  NODES,
  PODS,
  SITES,
} from '../cluster-names.ts'
import { type ClusterPod, podOf } from '../cluster-pod.ts'
import { renderClusterStatus } from '../cluster-status-text.ts'
import type { Bundle } from './bundle.ts'
import { inParallel } from './in-parallel.ts'
import type { PodExec } from './pod-exec.ts'

export type ClusterPartsOptions = {
  readonly api: KubernetesApi
  readonly bundle: Bundle
  readonly clock: LookClock
  /** The picture of the network, and what there is to say of it. */
  readonly graph: () => Promise<{ readonly picture?: string; readonly notes: readonly string[] }>
  readonly openExec: () => Promise<PodExec>
  /** Whose agents are asked too, beside those with trouble. */
  readonly nodes: readonly string[]
  readonly all: boolean
  /** What is being done, for people. */
  readonly tell: (line: string) => void
}

/** Agents whose logs and status are taken: those of nodes with trouble first. */
const MOST_AGENTS = 30
const LOG_LINES = 2000
const REQUESTS_AT_A_TIME = 8

const OBJECTS: readonly (readonly [name: string, about: string, collection: Collection])[] = [
  ['objects/networks.yaml', 'the Network', NETWORKS],
  ['objects/sites.yaml', 'Sites', SITES],
  ['objects/meshnodes.yaml', 'MeshNodes: what the controller and agents know of each node', MESH_NODES],
  ['objects/nodes.yaml', 'Nodes of Kubernetes', NODES],
  ['objects/daemonsets.yaml', `DaemonSets of ${NAMESPACE}`, DAEMON_SETS],
  ['objects/deployments.yaml', `Deployments of ${NAMESPACE}`, DEPLOYMENTS],
  ['objects/pods.yaml', `pods of ${NAMESPACE}`, PODS],
  ['objects/events.yaml', `events of ${NAMESPACE}`, EVENTS],
  [
    'objects/node-events.yaml',
    'events of Nodes',
    { group: '', version: 'v1', plural: 'events', namespace: 'default', fieldSelector: 'involvedObject.kind=Node' },
  ],
  ['objects/leases.yaml', `leases of ${NAMESPACE}: who leads`, LEASES],
  ['objects/configmaps.yaml', `settings in ${NAMESPACE}`, CONFIG_MAPS],
]

export async function gatherClusterParts(options: ClusterPartsOptions): Promise<void> {
  const { api, bundle, graph, tell } = options
  tell('reading objects')
  const pods: ClusterPod[] = []
  await inParallel(OBJECTS, REQUESTS_AT_A_TIME, ([name, about, collection]) =>
    bundle.attempt(name, async () => {
      const objects = (await api.list(collection)).filter((object) => !isAuthority(object))
      if (collection === MESH_NODES) bundle.trustKeysOf(JSON.stringify(objects))
      if (collection === PODS) pods.push(...objects.map(podOf))
      bundle.addObjects(name, about, objects)
    }),
  )
  await bundle.attempt('version.json', async () =>
    bundle.addText('version.json', 'the version of Kubernetes', await api.getText('/version')),
  )
  const order = await addStatus(options)
  await bundle.attempt('graph.txt', async () => {
    const { picture, notes } = await graph()
    if (notes.length > 0)
      bundle.addText('issues.txt', 'what is wrong with the objects, or worth knowing', notes.join('\n'))
    if (picture === undefined) bundle.miss('graph.txt', `there is no plan: ${notes.at(-1) ?? 'nobody says why'}`)
    else bundle.addText('graph.txt', 'sites, nodes and tunnels', picture)
  })
  await addPods(options, choosePods(pods, order, options))
}

/** Of every namespace, and of no use here: the certificate of the cluster's authority. */
const isAuthority = ({ metadata }: KubernetesObject): boolean => metadata.name === 'kube-root-ca.crt'

/** The names of nodes, the worst first. */
async function addStatus({ api, bundle, clock }: ClusterPartsOptions): Promise<readonly string[]> {
  let order: readonly string[] = []
  const { look, close } = openClusterLook(api, clock)
  await bundle.attempt('status.txt', async () => {
    const status = await look()
    order = status.nodes.map(({ name }) => name)
    bundle.addText('status.txt', 'how each node is', renderClusterStatus(status, { all: true }))
    bundle.addText('status.json', 'the same for programs', JSON.stringify(status, undefined, 2))
  })
  close()
  return order
}

function choosePods(
  pods: readonly ClusterPod[],
  order: readonly string[],
  { all, nodes, bundle }: ClusterPartsOptions,
): readonly ClusterPod[] {
  if (all) return pods
  for (const name of nodes)
    if (!pods.some(({ workload, node }) => workload === AGENT && node === name))
      bundle.miss(`the agent of node ${name}`, 'it has no pod')
  const isAgent = ({ workload }: ClusterPod): boolean => workload === AGENT
  const rank = ({ node = '' }: ClusterPod): number =>
    nodes.includes(node) ? -1 : order.includes(node) ? order.indexOf(node) : order.length
  const others = pods.filter((pod) => !isAgent(pod))
  const agents = pods.filter(isAgent).toSorted((a, b) => rank(a) - rank(b))
  const most = Math.max(MOST_AGENTS, nodes.length)
  if (agents.length > most)
    bundle.miss(
      `logs and status of ${agents.length - most} agents`,
      'in a large cluster only those of nodes with trouble are taken; --node NAME takes more, --all all',
    )
  // Those of wireguard-go hardly say anything, and stand beside agents.
  const chosen = new Set(agents.slice(0, most).map(({ node }) => node))
  return [...agents.slice(0, most), ...others.filter(({ workload, node }) => workload !== KEEPER || chosen.has(node))]
}

async function addPods(options: ClusterPartsOptions, pods: readonly ClusterPod[]): Promise<void> {
  const { api, bundle, tell } = options
  tell(`reading logs of ${pods.length} pods`)
  const logs = pods.flatMap((pod) =>
    pod.containers.flatMap((container) => [
      { pod, container, isPrevious: false },
      ...(pod.restarts > 0 ? [{ pod, container, isPrevious: true }] : []),
    ]),
  )
  await inParallel(logs, REQUESTS_AT_A_TIME, async ({ pod, container, isPrevious }) => {
    const name = `logs/${pod.name}${isPrevious ? '.previous' : ''}.log`
    await bundle.attempt(name, async () => {
      const query = `container=${container}&tailLines=${LOG_LINES}${isPrevious ? '&previous=true' : ''}`
      const text = await api.getText(`/api/v1/namespaces/${NAMESPACE}/pods/${pod.name}/log?${query}`)
      const where = pod.node === undefined ? '' : ` on ${pod.node}`
      bundle.addText(name, `${pod.workload}${where}${isPrevious ? ', before it was started anew' : ''}`, text)
    })
  })
  await addAgents(
    options,
    pods.filter(({ workload, node }) => workload === AGENT && node !== undefined),
  )
}

async function addAgents(
  { bundle, openExec, tell }: ClusterPartsOptions,
  agents: readonly ClusterPod[],
): Promise<void> {
  if (agents.length === 0) return
  tell(`asking ${agents.length} agents`)
  await bundle.attempt('agents', async () => {
    const exec = await openExec()
    await inParallel(agents, REQUESTS_AT_A_TIME, async ({ name: pod, node, containers: [container = 'agent'] }) => {
      const name = `agents/${node}.json`
      await bundle.attempt(name, async () => {
        const command = ['damask', 'status', '-o', 'json']
        const { output, errors } = await exec({ namespace: NAMESPACE, pod, container, command })
        // It fails where the agent is not ready too, and says how it is all the same.
        if (output.trim() === '') throw new Error(errors.trim() || 'it said nothing')
        bundle.trustKeysOf(output)
        bundle.addText(name, `damask status on ${node}`, output)
      })
    })
  })
}
