// The options by which a command finds its cluster, as kubectl's are called.
import type { Command } from 'commander'
import { type KubernetesApi, openKubernetesApi } from '../../store/index.ts'
import type { Machine } from '../commands.ts'

export type ClusterAccess = { readonly kubeconfig?: string; readonly context?: string }

export const withClusterAccess = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'of the cluster (that of the variable KUBECONFIG, else ~/.kube/config)')
    .option('--context <name>', 'of the kubeconfig (its current one)')

export function openCluster(
  { kubeconfig, context }: ClusterAccess,
  machine: Pick<Machine, 'clock' | 'kubeconfig' | 'terminal'>,
): Promise<KubernetesApi> {
  const silent = () => {}
  const warn = (_: object, message: string) => machine.terminal.printError(`note: ${message}`)
  return openKubernetesApi({
    kubeconfig: kubeconfig ?? machine.kubeconfig,
    context,
    clock: machine.clock,
    log: { debug: silent, info: silent, warn },
  })
}
