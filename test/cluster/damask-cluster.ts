// A test cluster with Damask as its network, as a user makes one: `damask install` with the image from a file.
import { join } from 'node:path'
import { builtImage } from './built-image.ts'
import { type Cluster, startCluster } from './cluster.ts'
import type { ClusterOptions } from './cluster-options.ts'
import { type Ended, run, tryRun } from './run.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/damask')

export type DamaskCluster = Cluster & {
  /** `damask COMMAND --kubeconfig …`; rejects where it ends with another code than 0. */
  readonly damask: (command: string, ...words: readonly string[]) => Promise<string>
  readonly tryDamask: (command: string, ...words: readonly string[]) => Promise<Ended>
}

/** What the clouds of four-nodes.yaml need: aws drops sources that it does not know. */
export const USUAL_WISHES: readonly string[] = ['--fabric', 'vxlan', '--join-private-addresses']

/** A cluster of Kubernetes whose nodes have the image, and are not ready yet. */
export async function startBareCluster(options: ClusterOptions = {}): Promise<DamaskCluster> {
  const cluster = await startCluster({
    externalAddresses: true,
    ...options,
    images: [builtImage(), ...(options.images ?? [])],
  })
  const kubeconfig = await cluster.plane.kubeconfig('host')
  const line = (command: string, words: readonly string[]) => [PROGRAM, command, '--kubeconfig', kubeconfig, ...words]
  return {
    ...cluster,
    damask: (command, ...words) => run(line(command, words)),
    tryDamask: (command, ...words) => tryRun(line(command, words)),
  }
}

/** `wishes`: options of `damask install`. Resolves once every agent is ready. */
export async function startDamaskCluster(
  options: ClusterOptions = {},
  wishes: readonly string[] = USUAL_WISHES,
): Promise<DamaskCluster> {
  const cluster = await startBareCluster(options)
  try {
    await installDamask(cluster, wishes)
    return cluster
  } catch (cause) {
    await cluster.close()
    throw cause
  }
}

export const installDamask = (cluster: DamaskCluster, wishes: readonly string[] = USUAL_WISHES): Promise<string> =>
  cluster.damask(
    'install',
    ...['--api-server', cluster.plane.server('public'), '--image-pull-policy', 'Never', '--timeout', '240'],
    ...['--pod-prefix', '10.42.0.0/16', '--pod-prefix', 'fd42:42::/48'],
    ...wishes,
  )
