// `kubectl port-forward`, for as long as something is asked by it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Cluster } from './cluster.ts'

/** `work` gets the port on 127.0.0.1 that leads to the pod's. */
export async function portForwarded<T>(
  { programs, plane }: Pick<Cluster, 'programs' | 'plane'>,
  pod: string,
  port: number,
  work: (localPort: number) => Promise<T>,
): Promise<T> {
  const kubeconfig = await plane.kubeconfig('host')
  const words = [`--kubeconfig=${kubeconfig}`, 'port-forward', '--address=127.0.0.1', `pod/${pod}`, `:${port}`]
  const child = spawn(`${programs.kubernetes}/kubectl`, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  try {
    for await (const line of createInterface(child.stdout)) {
      const [, local] = /^Forwarding from 127\.0\.0\.1:(\d+) /.exec(line) ?? []
      if (local !== undefined) return await work(Number(local))
    }
    throw new Error(`kubectl port-forward to ${pod} ended before it forwarded anything`)
  } finally {
    child.kill()
    await ended
  }
}
