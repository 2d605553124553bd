// Where `damask plan`, `damask graph` and `damask trace` find the resources: files, or a cluster.
import type { Command } from 'commander'
import type { ClusterMachine, ClusterOptions } from './cluster-options.ts'
import { refuseClusterOptions, withKubernetesOptions } from './cluster-options.ts'
import type { PlannedWorld } from './planned-world.ts'

export type WorldSource = ClusterOptions & { readonly kubernetes?: true }

export const withWorldSource = (command: Command): Command =>
  withKubernetesOptions(
    command.argument('[file...]', 'files or folders of resources'),
    'in place of files: the resources of a Kubernetes cluster',
  )

/** Undefined, with an exit code, where there is no plan; why was said. */
export async function planSource(
  files: readonly string[],
  options: WorldSource,
  machine: ClusterMachine,
): Promise<PlannedWorld | undefined> {
  const refusal = refuse(files, options)
  if (refusal !== undefined) {
    machine.terminal.printError(refusal)
    machine.terminal.setExitCode(2)
    return undefined
  }
  if (options.kubernetes) {
    const { planCluster } = await import('./cluster-plan.ts')
    return planCluster(options, machine)
  }
  const { planFiles } = await import('./file-plan.ts')
  return planFiles(files, machine.terminal)
}

function refuse(files: readonly string[], options: WorldSource): string | undefined {
  if (files.length > 0 && options.kubernetes)
    return 'say where the resources are: either files or --kubernetes, not both'
  if (files.length === 0 && !options.kubernetes) return 'say where the resources are: files or folders, or --kubernetes'
  return refuseClusterOptions(options)
}
