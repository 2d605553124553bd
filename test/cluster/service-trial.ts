// A cluster with all that the suite of services asks, and everybody who asks.
import { join } from 'node:path'
import { formatAddress, nthAddress, parsePrefix } from '../../src/model/index.ts'
import { type Asker, internetAsker, nodeAsker, podAsker } from './asker.ts'
import type { ClusterNode } from './cluster-node.ts'
import type { ClusterOptions } from './cluster-options.ts'
import { deployCoreDns } from './core-dns.ts'
import { type DamaskCluster, startDamaskCluster } from './damask-cluster.ts'
import { serviceObjects } from './service-objects.ts'

export type ServiceTrial = {
  readonly cluster: DamaskCluster
  /** One a node. */
  readonly members: readonly Member[]
  readonly internet: Asker
  /** Names of the pods of `web`, ascending. */
  readonly everyPod: readonly string[]
  member(node: string): Member
  podsOf(app: string): Promise<readonly PodObject[]>
  /** IPv4 first, where a service has both. */
  addressesOf(service: string): Promise<readonly string[]>
}

export type Member = {
  readonly node: ClusterNode
  /** What asks in the network of the machine. */
  readonly machine: Asker
  readonly pod: Asker
  /** Of its pod of `web`. */
  readonly podName: string
  readonly addresses: readonly string[]
  /** By which the machine speaks into the network. */
  readonly gateways: readonly string[]
}

export type PodObject = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly nodeName: string }
  readonly status: {
    readonly podIPs: readonly { readonly ip: string }[]
    readonly containerStatuses: readonly { readonly restartCount: number }[]
  }
}
type NodeObject = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly podCIDRs: readonly string[] }
}
type ServiceObject = { readonly spec: { readonly clusterIPs: readonly string[] } }

/** Of IPv4 and IPv6: where in a member's addresses, and in those of a service. */
export const FAMILIES = [0, 1] as const

export const privateAddress = ({ node }: Member): string => node.privateAddresses[0] ?? ''
export const publicAddress = ({ node }: Member): string => node.publicAddresses[0] ?? ''
/** Under any of them a machine speaks to its own pods. */
export const hostAddresses = ({ node, gateways }: Member): readonly string[] => [...node.privateAddresses, ...gateways]

export async function startServiceTrial(options: ClusterOptions): Promise<ServiceTrial> {
  const cluster = await startDamaskCluster({ world: join(import.meta.dirname, 'service-nodes.yaml'), ...options })
  try {
    await deployCoreDns(cluster)
    await cluster.apply(...serviceObjects())
    for (const name of ['web', 'some', 'host'])
      await cluster.kubectl('rollout', 'status', `daemonset/${name}`, '--timeout=120s')
    await cluster.kubectl('rollout', 'status', 'deployment/coredns', '--namespace=kube-system', '--timeout=120s')
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/balancer', '--timeout=60s')
    return await lookAt(cluster)
  } catch (cause) {
    await cluster.close()
    throw cause
  }
}

async function lookAt(cluster: DamaskCluster): Promise<ServiceTrial> {
  const podsOf = async (app: string): Promise<readonly PodObject[]> =>
    (await cluster.get<{ items: PodObject[] }>('pods', `--selector=app=${app}`)).items
  const pods = await podsOf('web')
  const { items } = await cluster.get<{ items: NodeObject[] }>('nodes')
  const members = items.map(({ metadata, spec }): Member => {
    const node = cluster.node(metadata.name)
    const pod = pods.find((one) => one.spec.nodeName === node.name)
    if (!pod) throw new Error(`no pod of web is on ${node.name}`)
    return {
      node,
      machine: nodeAsker(cluster, node),
      pod: podAsker(cluster, pod.metadata.name),
      podName: pod.metadata.name,
      addresses: pod.status.podIPs.map(({ ip }) => ip),
      gateways: spec.podCIDRs.map((prefix) => formatAddress(nthAddress(parsePrefix(prefix), 1n))),
    }
  })
  return {
    cluster,
    members,
    internet: internetAsker(cluster),
    everyPod: pods.map(({ metadata }) => metadata.name).toSorted(),
    member(name) {
      const found = members.find(({ node }) => node.name === name)
      if (!found) throw new Error(`no node ${name} is in the cluster`)
      return found
    },
    podsOf,
    addressesOf: async (service) => (await cluster.get<ServiceObject>('service', service)).spec.clusterIPs,
  }
}
