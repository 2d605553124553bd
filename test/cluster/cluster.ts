// A real Kubernetes cluster on the lab's clouds: etcd, API server, controller manager and scheduler on one machine, containerd, kubelet
// and kube-proxy on each; and no network plugin.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { allEnded } from '../../src/lab/all-ended.ts'
import { formatAddress, nthAddress, parsePrefix } from '../../src/model/index.ts'
import { clusterCgroup } from './cgroup.ts'
import { type ClusterNode, type ClusterNodeOptions, daemonsOf, prepareNode, startNode } from './cluster-node.ts'
import { type ClusterOptions, type ClusterSettings, DEFAULTS } from './cluster-options.ts'
import { type ClusterRecord, claimCluster, sweepAbandonedClusters, tearDownCluster } from './cluster-record.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { waitUntil } from './daemon.ts'
import { buildPrograms, type Programs } from './programs/build-programs.ts'
import { type Ended, run, tryRun } from './run.ts'
import { writeStockImages } from './stock-images.ts'
import { buildMachine, buildUnderlay, planUnderlay, type Underlay, type UnderlayMachine } from './underlay.ts'

export type Cluster = {
  readonly id: string
  /** Logs and everything else, gone at the end. */
  readonly folder: string
  readonly programs: Programs
  /** All machines of the world, joined or not. */
  readonly machines: readonly UnderlayMachine[]
  readonly underlay: Underlay
  readonly plane: ControlPlane
  /** What pods have for a DNS server: `deployCoreDns` puts one there. */
  readonly dnsAddress: string
  /** Those that joined, by name. */
  readonly nodes: ReadonlyMap<string, ClusterNode>
  /** Throws where it has not joined. */
  node(name: string): ClusterNode
  /** What it prints; throws where its code is not 0. As admin, from outside. */
  kubectl(...words: readonly string[]): Promise<string>
  tryKubectl(...words: readonly string[]): Promise<Ended>
  /** Any resources, at once. */
  apply(...resources: readonly object[]): Promise<void>
  /** `kubectl get WORDS -o json` */
  get<T>(...words: readonly string[]): Promise<T>
  /** Of a pod's first container, through API server and kubelet; `namespace/name` where it is not in `default`. */
  exec(pod: string, ...command: readonly string[]): Promise<string>
  /** Another machine of the world, or one that was switched off. Is registered then. */
  join(machine: string): Promise<ClusterNode>
  close(): Promise<void>
}

/** Of its services' prefixes, as everywhere. */
const DNS_ADDRESS = 10n

/** Its nodes are registered and have their pod prefixes then, and are not ready. Where it throws, nothing is left of it. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const programs = await buildPrograms()
  await sweepAbandonedClusters()
  const record = claimCluster()
  try {
    return await build(record, programs, { ...DEFAULTS, ...options })
  } catch (cause) {
    await tearDownCluster(record)
    const reason = cause instanceof Error ? cause.message : cause
    throw new Error(`cluster ${record.id} did not come up, and is taken away: ${reason}`, { cause })
  }
}

async function build(record: ClusterRecord, programs: Programs, settings: ClusterSettings): Promise<Cluster> {
  const { id, folder } = record
  const { world, signal } = settings
  const underlay = await planUnderlay(world, id)
  const { machines, podPrefixes, servicePrefixes } = underlay
  const [first] = machines
  if (!first) throw new Error(`${world} has no node to carry a control plane`)
  const dnsAddress = formatAddress(nthAddress(parsePrefix(servicePrefixes[0] ?? ''), DNS_ADDRESS))
  await buildUnderlay(underlay)
  const plane = await startControlPlane({
    machine: first,
    folder: join(folder, 'control-plane'),
    cgroup: `${clusterCgroup(id)}/control-plane`,
    programs,
    podPrefixes,
    servicePrefixes,
    ...settings,
  })
  const stock = join(folder, 'stock-images.tar')
  writeStockImages(stock, programs)
  const flags = [`--kubeconfig=${await plane.kubeconfig('host')}`, `--cache-dir=${join(folder, 'kubectl')}`]
  const ask = [join(programs.kubernetes, 'kubectl'), ...flags]
  const nodes = new Map<string, ClusterNode>()

  const prepare = (machine: UnderlayMachine): Promise<ClusterNode> =>
    prepareNode({
      ...nodeOptions,
      machine,
      folder: join(folder, 'nodes', machine.name),
      cgroup: `${clusterCgroup(id)}/${machine.name}`,
      labels: settings.labels(machine),
    })
  const nodeOptions: Omit<ClusterNodeOptions, 'machine' | 'folder' | 'cgroup' | 'labels'> = {
    ...{ plane, programs, podPrefixes, signal },
    proxyMode: settings.proxyMode,
    hasCloudProvider: settings.externalAddresses,
    clusterDns: [dnsAddress],
    images: [stock, ...settings.images],
  }
  const enrol = async (node: ClusterNode): Promise<void> => {
    startNode(node)
    nodes.set(node.name, node)
    // Kubelet registers it, the controller manager gives it its prefixes.
    const field = settings.allocatePodPrefixes ? '.spec.podCIDR' : '.metadata.name'
    const words = ['get', 'node', node.name, '-o', `jsonpath={${field}}`]
    const isThere = async (): Promise<boolean> => (await cluster.tryKubectl(...words)).output !== ''
    await waitUntil(`${node.name} is registered`, isThere, daemonsOf(node), signal)
    if (settings.externalAddresses) await provideAddresses(cluster, node)
  }
  const cluster: Cluster = {
    id,
    folder,
    programs,
    machines,
    underlay,
    plane,
    dnsAddress,
    nodes,
    node(name) {
      const found = nodes.get(name)
      if (!found) throw new Error(`${name} has not joined the cluster; ${[...nodes.keys()].join(', ')} have`)
      return found
    },
    kubectl: (...words) => run([...ask, ...words]),
    tryKubectl: (...words) => tryRun([...ask, ...words]),
    async apply(...resources) {
      const list = { apiVersion: 'v1', kind: 'List', items: resources }
      await run([...ask, 'apply', '--server-side', '-f', '-'], { input: JSON.stringify(list) })
    },
    get: async (...words) => JSON.parse(await run([...ask, 'get', ...words, '-o', 'json'])),
    exec(pod, ...command) {
      const [name = '', namespace = 'default'] = pod.split('/').reverse()
      return run([...ask, 'exec', `--namespace=${namespace}`, name, '--', ...command])
    },
    async join(name) {
      const machine = machines.find((one) => one.name === name)
      if (!machine) throw new Error(`there is no machine ${name} in the clouds of the cluster`)
      await buildMachine(underlay, name)
      const node = await prepare(machine)
      await enrol(node)
      return node
    },
    close: () => tearDownCluster(record),
  }

  mkdirSync(join(folder, 'nodes'))
  const preparing = machines
    .filter(({ name }) => settings.nodes === 'all' || settings.nodes.includes(name))
    .map(prepare)
  await allEnded<unknown>([...preparing, plane.waitUntilReady(signal)])
  plane.controllerManager.start()
  plane.scheduler.start()
  await allEnded((await Promise.all(preparing)).map(enrol))
  return cluster
}

/** What a cloud's own controller does when a node registers. */
async function provideAddresses({ kubectl, tryKubectl }: Cluster, node: ClusterNode): Promise<void> {
  const addresses = [
    { type: 'Hostname', address: node.name },
    ...node.privateAddresses.map((address) => ({ type: 'InternalIP', address })),
    ...node.publicAddresses.map((address) => ({ type: 'ExternalIP', address })),
  ]
  const patch = JSON.stringify({ status: { addresses } })
  await kubectl('patch', 'node', node.name, '--subresource=status', '--type=merge', `--patch=${patch}`)
  // A node that was registered before has lost it already.
  const { code, complaints } = await tryKubectl('taint', 'node', node.name, `${UNINITIALIZED}-`)
  if (code !== 0 && !complaints.includes('not found'))
    throw new Error(`${node.name} keeps ${UNINITIALIZED}: ${complaints}`)
}

/** With `--cloud-provider=external` a kubelet registers with this taint. */
const UNINITIALIZED = 'node.cloudprovider.kubernetes.io/uninitialized'
