// The options by which a command that changes a cluster finds it: those of the others, whose --api-server means something else here.
import type { Command } from 'commander'
import type { KubernetesApi } from '../../store/index.ts'
import { openCluster as openChosen } from '../cluster-options.ts'
import type { Machine } from '../commands.ts'

export type ClusterAccess = { readonly kubeconfig?: string; readonly context?: string }

export const withClusterAccess = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'of the cluster (that of the variable KUBECONFIG, else ~/.kube/config)')
    .option('--context <name>', 'of the kubeconfig (its current one)')

/** Rejects with a sentence where nothing says which cluster; the server is not asked yet. */
export const openCluster = (
  { kubeconfig, context }: ClusterAccess,
  machine: Pick<Machine, 'clock' | 'kubeconfig' | 'terminal'>,
): Promise<KubernetesApi> =>
  openChosen({ ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) }, machine)
