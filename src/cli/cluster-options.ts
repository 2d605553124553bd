// The options by which a command finds its cluster, as kubectl's are called, and how it opens one.
import { existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import type { Command } from 'commander'
import type { KubernetesApi } from '../store/index.ts'
import type { Machine } from './commands.ts'

export type ClusterOptions = { readonly kubeconfig?: string; readonly context?: string; readonly apiServer?: string }

export type ClusterMachine = Pick<Machine, 'clock' | 'kubeconfig' | 'terminal'>

export const withClusterOptions = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'of the cluster (that of the variable KUBECONFIG, else ~/.kube/config)')
    .option('--context <name>', 'of the kubeconfig (its current one)')
    .option('--api-server <url>', 'another address of the API server, as https://203.0.113.10:6443')

/** Of commands that can do without a cluster too. */
export const withKubernetesOptions = (command: Command, description: string): Command =>
  withClusterOptions(command.option('--kubernetes', description))

/** Undefined, or a sentence: options that do not go together. */
export function refuseClusterOptions(options: ClusterOptions & { readonly kubernetes?: true }): string | undefined {
  const { kubernetes, kubeconfig, context, apiServer } = options
  const isAny = [kubeconfig, context, apiServer].some((option) => option !== undefined)
  return isAny && !kubernetes
    ? '--kubeconfig, --context and --api-server are of a cluster; they go with --kubernetes'
    : undefined
}

/** Rejects with a sentence where nothing says which cluster; the server is not asked yet. */
export async function openCluster(options: ClusterOptions, machine: ClusterMachine): Promise<KubernetesApi> {
  const choice = choose(options, machine.kubeconfig)
  const { openKubernetesApi } = await import('../store/index.ts')
  const silent = (): void => {}
  const warn = (_: object, message: string): void => machine.terminal.printError(`note: ${message}`)
  return openKubernetesApi({ ...choice, clock: machine.clock, log: { debug: silent, info: silent, warn } })
}

/** What is to be read of files; rejects as `openCluster` does. */
export function choose(
  { kubeconfig, context, apiServer }: ClusterOptions,
  usual: string | undefined,
): { readonly kubeconfig?: string; readonly context?: string; readonly server?: string } {
  const server = apiServer === undefined ? {} : { server: apiServer }
  if (kubeconfig !== undefined) return { kubeconfig, ...(context !== undefined && { context }), ...server }
  // Of several, kubectl takes those that are there.
  const there = (usual ?? '').split(delimiter).filter((path) => path !== '' && existsSync(path))
  if (there.length > 0)
    return { kubeconfig: there.join(delimiter), ...(context !== undefined && { context }), ...server }
  // What listens without encryption is `kubectl proxy`, which shows credentials of its own.
  if (apiServer?.startsWith('http:') && context === undefined) return server
  throw new Error(
    `nothing says which cluster: there is no kubeconfig at ${usual === undefined || usual === '' ? '~/.kube/config' : usual}; name one by --kubeconfig FILE or the variable KUBECONFIG`,
  )
}
