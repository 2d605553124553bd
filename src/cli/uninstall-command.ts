// `damask uninstall`: Damask out of a cluster, and off its nodes.
import { Command, Option } from 'commander'
import type { Machine } from './commands.ts'
import { type ClusterAccess, withClusterAccess } from './install/cluster-access.ts'
import { runInCluster } from './install/cluster-work.ts'
import { packageFolder, packageVersion } from './package-folder.ts'

type Options = ClusterAccess & {
  readonly keepCrds?: true
  readonly force?: true
  readonly timeout: string
  readonly output: 'text' | 'json'
}

export function uninstallCommand(machine: Machine): Command {
  return withClusterAccess(new Command('uninstall'))
    .description('take damask out of a Kubernetes cluster, and all that it made off its nodes')
    .option('--keep-crds', 'keep the kinds of damask, with the Network and its Sites')
    .option('--force', 'go on where a node could not be cleaned')
    .option('--timeout <seconds>', 'how long to wait for each step', '300')
    .addOption(
      new Option('-o, --output <format>', 'json: what was made and removed').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Pods lose their network for good, and nodes are NotReady until another plugin comes: delete the pods then, so that they are made
anew. What is deleted before that may stay Terminating until then. Pods in the network of their node go on. A pod on every node takes
away what Damask made there: links, routes, filter, settings, files. It can be called again where it was stopped.

Exit code: 0 nothing is left; 1 something is, and was said.

Examples:
  # damask uninstall
  # damask uninstall --keep-crds --timeout 60`,
    )
    .action((options: Options) =>
      runInCluster(options, machine, async (job) => {
        const { uninstall } = await import('./install/uninstall.ts')
        const { applyObjects } = await import('./install/apply-objects.ts')
        const { recordObject } = await import('./install/install-record.ts')
        const { installedSettings } = await import('./install/installed-settings.ts')
        const version = packageVersion(packageFolder(import.meta.dirname))
        const { settings, source } = await installedSettings(job.api, version)
        // It ends what tells them, and may have to be called again.
        if (source === 'agents') await applyObjects({ ...job, tell() {} }, [recordObject({ version, settings })])
        const changes = await uninstall(job, {
          settings,
          keepsDefinitions: options.keepCrds === true,
          isForced: options.force === true,
          timeoutSeconds: Number(options.timeout),
        })
        if (changes !== undefined)
          job.tell(changes.length === 0 ? 'there is no damask in this cluster' : 'damask is gone')
        return { changes: changes ?? [], isGood: changes !== undefined }
      }),
    )
}
