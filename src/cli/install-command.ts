// `damask install`: Damask into a Kubernetes cluster.
import { Command, Option } from 'commander'
import type { KubernetesApi } from '../store/index.ts'
import type { Machine } from './commands.ts'
import { type ClusterAccess, openCluster, withClusterAccess } from './install/cluster-access.ts'
import { type ClusterWork, runInCluster } from './install/cluster-work.ts'
import { checkOptions, type InstallOptions } from './install/install-wishes.ts'
import { packageFolder, packageVersion } from './package-folder.ts'

type Options = InstallOptions &
  ClusterAccess & {
    readonly dryRun?: true
    readonly wait: boolean
    readonly timeout: string
    readonly output: 'text' | 'yaml' | 'json'
  }

export function installCommand(machine: Machine): Command {
  const command = new Command('install').description('put damask into a Kubernetes cluster, as its network')
  withWorkloadOptions(withClusterAccess(command))
    .option('--pod-prefix <prefix>', 'a range of all pods; once a family (as the cluster says)', gathered)
    .option('--service-prefix <prefix>', 'a range of services; once a family (as the cluster says)', gathered)
    .addOption(
      new Option(
        '--site-by <rule>',
        'which nodes are one site: those with one value of a label (default), or each its own',
      ).choices(['label', 'node']),
    )
    .option('--site-label <label>', 'by which label (topology.kubernetes.io/region)')
    .addOption(
      new Option('--fabric <kind>', "how pods' packets travel inside a site (direct)").choices([
        'direct',
        'vxlan',
        'ipip',
        'wireguard',
        'none',
      ]),
    )
    .addOption(
      new Option('--encapsulate <when>', 'always, or only between subnets').choices(['always', 'cross-subnet']),
    )
    .option('--mtu <bytes>', "the most that a pod's packet may have (auto)")
    .option('--gateways-per-site <count>', 'how many nodes of a site hold tunnels (1)')
    .option('--join-private-addresses', 'nodes are reached at their private addresses from other sites too')
    .option('--dry-run', 'print the objects, as for `kubectl apply --server-side`, and change nothing')
    .option('--no-wait', 'do not wait until every agent is ready')
    .option('--timeout <seconds>', 'how long to wait', '300')
    .addOption(
      new Option('-o, --output <format>', 'yaml, json: the objects of --dry-run; json: what was made and changed')
        .choices(['text', 'yaml', 'json'])
        .default('text'),
    )
    .addHelpText('after', HELP)
    .action((options: Options) => install(options, machine))
  return command
}

/** Of `damask upgrade` too. */
export const withWorkloadOptions = (command: Command): Command =>
  command
    .option('--image <name>', 'the image of all pods (damask.dev/damask:VERSION)')
    .addOption(
      new Option('--image-pull-policy <policy>', 'IfNotPresent takes one that was imported from a file').choices([
        'IfNotPresent',
        'Always',
        'Never',
      ]),
    )
    .option(
      '--pull-secret <name>',
      'a Secret of the namespace damask-system for its registry; may be said again',
      gathered,
    )
    .option(
      '--api-server <url>',
      'how nodes reach the API server before there is a network, as https://203.0.113.10:6443 (by its service and kube-proxy)',
    )
    .addOption(
      new Option(
        '--wireguard-go <when>',
        'auto: wireguard-go is there for nodes whose kernel has no WireGuard',
      ).choices(['auto', 'never']),
    )
    .option('--metrics-port <port>', "of agents' metrics, and of what their kubelets ask (9218)")
    .option('--open-metrics', "others may read the metrics at the nodes' InternalIP")
    .option('--cni-bin-dir <folder>', "the container runtime's plugins on nodes (/opt/cni/bin)")
    .option('--cni-config-dir <folder>', 'their configuration (/etc/cni/net.d)')
    .option('--no-admission-policy', 'for clusters older than 1.30: an agent could write the status of other nodes')

const gathered = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

const HELP = `
Called again it changes what is to be changed; what is not said stays as it was. What is not said the first time is looked up in the
cluster. A Network that is there stays as it is, but for fields that are said here.

Exit code: 0 every agent is ready; 1 something fell short, and was said; 2 the input is wrong.

Without a registry: import the image on every node (ctr -n k8s.io images import damask.tar; k3s ctr images import damask.tar).

Examples:
  # damask install --api-server https://203.0.113.10:6443
  $ damask install --pod-prefix 10.42.0.0/16 --service-prefix 10.43.0.0/16 --dry-run -o yaml`

async function install(options: Options, machine: Machine): Promise<void> {
  const version = packageVersion(packageFolder(import.meta.dirname))
  if (options.dryRun) return printObjects(options, version, machine)
  const work: ClusterWork = async (job) => {
    const { applyObjects } = await import('./install/apply-objects.ts')
    const { manifests } = await import('./install/manifests.ts')
    const { prepareInstallInto } = await import('./install/prepare-install.ts')
    const { checkServerVersion } = await import('./install/server-version.ts')
    const { waitForAgents } = await import('./install/agents-ready.ts')
    const { manifests: wanted, notes } = await prepareInstallInto(options, version, job.api)
    await checkServerVersion(job.api, wanted.settings.hasAdmissionPolicy)
    for (const note of notes) job.tell(note)
    const changes = await applyObjects(job, manifests(wanted))
    const isGood = !options.wait || (await waitForAgents(job, Number(options.timeout)))
    if (isGood) job.tell(options.wait ? 'damask is installed, and every agent is ready' : 'damask is installed')
    else
      job.tell(
        `not all of it was ready in ${options.timeout} s; it goes on by itself, and \`damask install\` waits again`,
      )
    return { changes, isGood }
  }
  await runInCluster(options, machine, work, () => checkOptions(options))
}

async function printObjects(options: Options, version: string, machine: Machine): Promise<void> {
  const { print, printError, setExitCode } = machine.terminal
  const { prepareInstall } = await import('./install/prepare-install.ts')
  const { manifests } = await import('./install/manifests.ts')
  const { printedObjects } = await import('./install/print-objects.ts')
  let api: KubernetesApi | undefined
  const openApi = async (): Promise<KubernetesApi> => {
    api ??= await openCluster(options, machine)
    return api
  }
  try {
    const { manifests: wanted, notes } = await prepareInstall(options, version, openApi)
    for (const note of notes) printError(`note: ${note}`)
    print(printedObjects(manifests(wanted), options.output === 'json' ? 'json' : 'yaml'))
    setExitCode(0)
  } catch (cause) {
    const isAsked = !options.podPrefix || !options.servicePrefix
    const hint = isAsked ? '; with --pod-prefix and --service-prefix no cluster is asked' : ''
    printError(`${cause instanceof Error ? cause.message : cause}${api === undefined ? hint : ''}`)
    setExitCode(2)
  } finally {
    api?.close()
  }
}
