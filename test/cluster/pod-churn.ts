// Pods that come and go on every node, one after the other, while something happens to their cluster.
import type { Cluster } from './cluster.ts'
import { WEB_IMAGE } from './stock-images.ts'

export type PodChurn = {
  /** After the pods that are on the way. Rejects with what went wrong of the first that failed. */
  readonly stop: () => Promise<ChurnReport>
}

export type ChurnReport = {
  /** Pods that were made, asked a pod elsewhere, and were deleted. */
  readonly pods: number
  /** From the order to make it until it was ready. */
  readonly slowestSeconds: number
}

/** `ask`: what each pod asks once it is ready, as `http://10.42.0.7/`. */
export function startPodChurn(cluster: Cluster, ask: string): PodChurn {
  let isEnough = false
  const running = [...cluster.nodes.keys()].map(async (node) => {
    const seconds: number[] = []
    for (let nth = 1; !isEnough; nth++) seconds.push(await liveAndDie(cluster, node, `churn-${node}-${nth}`, ask))
    return seconds
  })
  const all = Promise.all(running)
  all.catch(() => {}) // said by `stop`
  return {
    async stop() {
      isEnough = true
      const seconds = (await all).flat()
      return { pods: seconds.length, slowestSeconds: Math.max(...seconds) }
    },
  }
}

async function liveAndDie(cluster: Cluster, node: string, name: string, ask: string): Promise<number> {
  const startedAt = performance.now()
  await cluster.apply(podOn(node, name))
  const { code, complaints } = await cluster.tryKubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s')
  if (code !== 0) throw new Error(`${complaints}\n${await cluster.kubectl('describe', 'pod', name)}`)
  const seconds = (performance.now() - startedAt) / 1000
  await cluster.exec(name, '/web', 'get', ask)
  await cluster.kubectl('delete', 'pod', name, '--timeout=60s')
  return seconds
}

const podOn = (nodeName: string, name: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'churn' } },
  spec: {
    nodeName,
    terminationGracePeriodSeconds: 0,
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        name: 'web',
        image: WEB_IMAGE,
        imagePullPolicy: 'Never',
        readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 },
      },
    ],
  },
})
