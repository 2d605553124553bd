// `damask upgrade`: the cluster's Damask becomes the one that this program is of.
import { Command, Option } from 'commander'
import type { Machine } from './commands.ts'
import { type ClusterAccess, withClusterAccess } from './install/cluster-access.ts'
import { type ClusterWork, runInCluster } from './install/cluster-work.ts'
import { checkOptions, type InstallOptions } from './install/install-wishes.ts'
import { withWorkloadOptions } from './install-command.ts'
import { packageFolder, packageVersion } from './package-folder.ts'

type Options = InstallOptions &
  ClusterAccess & { readonly wait: boolean; readonly timeout: string; readonly output: 'text' | 'json' }

export function upgradeCommand(machine: Machine): Command {
  return withWorkloadOptions(withClusterAccess(new Command('upgrade')))
    .description("bring a cluster's damask to the version of this program")
    .option('--no-wait', 'do not wait until every agent is replaced and ready')
    .option('--timeout <seconds>', 'how long to wait', '600')
    .addOption(
      new Option('-o, --output <format>', 'json: what was made and changed').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
What was said to \`damask install\` is remembered, and what is said here is changed. The Network stays as it is. The network stands while
agents are replaced, a tenth of the nodes at a time; the next nodes follow once these are ready. Pods of wireguard-go are not replaced:
delete them one by one, each cuts its node's tunnels for a moment.

Exit code: 0 every agent is ready; 1 something fell short, and was said.

Example:
  # damask upgrade --image registry.example.com/damask:0.4.0`,
    )
    .action((options: Options) => upgrade(options, machine))
}

function upgrade(options: Options, machine: Machine): Promise<void> {
  const work: ClusterWork = async (job) => {
    const { applyObjects } = await import('./install/apply-objects.ts')
    const { manifests } = await import('./install/manifests.ts')
    const { prepareUpgrade } = await import('./install/prepare-install.ts')
    const { checkServerVersion } = await import('./install/server-version.ts')
    const { waitForAgents } = await import('./install/agents-ready.ts')
    const version = packageVersion(packageFolder(import.meta.dirname))
    const wanted = await prepareUpgrade(options, version, job.api)
    await checkServerVersion(job.api, wanted.settings.hasAdmissionPolicy)
    const changes = await applyObjects(job, manifests(wanted))
    const isGood = !options.wait || (await waitForAgents(job, Number(options.timeout)))
    if (isGood) job.tell(`damask is ${version}, from ${wanted.settings.image}`)
    else job.tell(`not all of it was ready in ${options.timeout} s; \`damask upgrade\` waits again`)
    return { changes, isGood }
  }
  return runInCluster(options, machine, work, () => checkOptions(options))
}
