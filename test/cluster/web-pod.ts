// The pods of a test cluster's web servers, as their machines see them: each with the network namespace that it runs in.

import type { Cluster } from './cluster.ts'
import { tryRun } from './run.ts'

export type WebPod = {
  readonly name: string
  readonly node: string
  /** A path, for who enters it from outside: nothing of Kubernetes is asked on the way. */
  readonly namespace: string
  /** IPv4 first. */
  readonly addresses: readonly string[]
}

type PodObject = {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly nodeName: string }
  readonly status: {
    readonly podIPs?: readonly { readonly ip: string }[]
    readonly containerStatuses?: readonly { readonly containerID?: string; readonly ready: boolean }[]
  }
}

/** By node; those that are ready, as far as kubelets said. */
export async function webPods({ get, nodes }: Cluster): Promise<ReadonlyMap<string, WebPod>> {
  const { items } = await get<{ items: PodObject[] }>('pods', '--selector=app=web')
  const pods = new Map<string, WebPod>()
  for (const { metadata, spec, status } of items) {
    const [container] = status.containerStatuses ?? []
    const id = container?.containerID?.replace('containerd://', '')
    const node = nodes.get(spec.nodeName)
    if (!container?.ready || id === undefined || node === undefined || metadata.deletionTimestamp !== undefined)
      continue
    const { output } = await node.tryRun('ctr', '--namespace=k8s.io', 'tasks', 'list')
    const [, pid] = new RegExp(`^${id}\\s+(\\d+)\\s+RUNNING`, 'm').exec(output) ?? []
    if (pid === undefined) continue
    const addresses = (status.podIPs ?? []).map(({ ip }) => ip)
    pods.set(node.name, { name: metadata.name, node: node.name, namespace: `/proc/${pid}/ns/net`, addresses })
  }
  return pods
}

/** Whether one of them answers another, in every family. */
export async function reaches(from: WebPod, to: WebPod): Promise<boolean> {
  const asked = to.addresses.map((address) =>
    tryRun(['nsenter', `--net=${from.namespace}`, 'ping', '-n', '-q', '-c1', '-W1', address]),
  )
  return (await Promise.all(asked)).every(({ code }) => code === 0)
}
