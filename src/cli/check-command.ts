// `damask check`: whether a cluster is as Damask wants it, and whether its network carries what it should.
import { Command, Option } from 'commander'
import { parsePrefix } from '../model/index.ts'
import type { AfterResult } from './check/check-after.ts'
import type { BeforeOptions, BeforeResult } from './check/check-before.ts'
import { hasErrors } from './check/finding.ts'
import { findingsText, summaryOf } from './check/finding-text.ts'
import { checkNodeCommand } from './check/node-command.ts'
import { sendProbesCommand, serveProbesCommand } from './check/probe-commands.ts'
import type { Machine } from './commands.ts'
import { type ClusterAccess, openCluster, withClusterAccess } from './install/cluster-access.ts'
import type { ClusterJob } from './install/cluster-job.ts'
import type { InstallSettings } from './install/install-settings.ts'
import { packageFolder, packageVersion } from './package-folder.ts'

type Options = ClusterAccess &
  BeforeOptions & {
    readonly before?: true
    readonly after?: true
    readonly image?: string
    readonly imagePullPolicy?: InstallSettings['imagePullPolicy']
    readonly pullSecret?: readonly string[]
    readonly timeout: string
    readonly output: 'text' | 'json'
  }

export function checkCommand(machine: Machine): Command {
  return withClusterAccess(new Command('check'))
    .description('look at a Kubernetes cluster before damask is installed, and try its network after')
    .option(
      '--before',
      'before the installation: kernels, ports, ranges, other plugins, packet filters, the API server',
    )
    .option(
      '--after',
      'after it: agents, and pods of all nodes to each other, to services, names and host ports (default)',
    )
    .option(
      '--image <name>',
      'the image of the pods of the check (that of the installation; damask.dev/damask:VERSION)',
    )
    .addOption(
      new Option('--image-pull-policy <policy>', 'IfNotPresent takes one that was imported from a file').choices([
        'IfNotPresent',
        'Always',
        'Never',
      ]),
    )
    .option(
      '--pull-secret <name>',
      'a Secret of the namespace damask-system for its registry; may be said again (those of the installation)',
      gathered,
    )
    .option('--api-server <url>', 'before: how nodes will reach the API server (by its service)')
    .option('--pod-prefix <prefix>', 'before: a range of all pods; once a family (as the cluster says)', gathered)
    .option('--service-prefix <prefix>', 'before: a range of services; once a family (as the cluster says)', gathered)
    .addOption(
      new Option('--fabric <kind>', "before: how pods' packets will travel inside a site (direct)").choices([
        'direct',
        'vxlan',
        'ipip',
        'wireguard',
        'none',
      ]),
    )
    .option('--gateways-per-site <count>', 'before: each has a port of its own (1)')
    .option(
      '--cni-config-dir <folder>',
      "before: configurations of the container runtime's plugins on nodes (/etc/cni/net.d)",
    )
    .option('--timeout <seconds>', 'how long to wait for pods', '120')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action((options: Options, command: Command) => check(options, command, machine))
    .addCommand(checkNodeCommand(machine))
    .addCommand(serveProbesCommand(machine), { hidden: true })
    .addCommand(sendProbesCommand(machine), { hidden: true })
}

const gathered = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

const HELP = `
All that it makes is in the namespace damask-check, which is gone at its end, also when it is interrupted. A finding
that holds for several nodes is one line. Above 30 nodes, each tries a sample of 30.

Exit code: 0 nothing stands in the way; 1 something does, and was said; 2 the input is wrong.

Examples:
  # damask check --before --api-server https://203.0.113.10:6443
  # damask check
  # damask check -o json | jq .failed`

async function check(options: Options, command: Command, machine: Machine): Promise<void> {
  const { print, printError, setExitCode, paint } = machine.terminal
  const wrong = wrongInput(options, command)
  if (wrong !== undefined) {
    printError(wrong)
    return setExitCode(2)
  }
  let job: ClusterJob | undefined
  try {
    const api = await openCluster(options, machine)
    job = { api, clock: machine.clock, signal: machine.signal, tell: printError }
    const result = await run(job, options)
    if (options.output === 'json') print(JSON.stringify(result, undefined, 2))
    else print(textOf(result, (those) => findingsText(those, paint)))
    setExitCode(hasErrors(result.findings) ? 1 : 0)
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    // Where the namespace could not be removed, that is what is said.
    const isStopped = machine.signal.aborted && said.startsWith('stopped')
    printError(isStopped ? 'stopped; nothing of the check is left in the cluster' : said)
    setExitCode(1)
  } finally {
    job?.api.close()
  }
}

function wrongInput({ before, after, timeout, output: _, ...rest }: Options, command: Command): string | undefined {
  if (before && after) return '--before and --after are two checks; say one'
  if (!/^[1-9]\d{0,4}$/.test(timeout)) return `--timeout ${timeout} is not a number of seconds`
  const { apiServer, podPrefix, servicePrefix, fabric, gatewaysPerSite, cniConfigDir } = rest
  // Said wrongly, it would be every node's pod that fails.
  const wrong = [...(podPrefix ?? []), ...(servicePrefix ?? [])].flatMap(prefixProblem)[0]
  if (wrong !== undefined) return wrong
  if (gatewaysPerSite !== undefined && !/^([1-9]|1[0-6])$/.test(gatewaysPerSite))
    return `--gateways-per-site ${gatewaysPerSite} is not a number from 1 to 16`
  if (cniConfigDir !== undefined && !cniConfigDir.startsWith('/'))
    return `--cni-config-dir ${cniConfigDir} is not a folder of the nodes; write its whole path`
  if (apiServer !== undefined && !/^https:\/\/[^/\s]+$/.test(apiServer))
    return `--api-server ${apiServer} is not the address of an API server; write it as https://203.0.113.10:6443`
  const given = [apiServer, podPrefix, servicePrefix, fabric, gatewaysPerSite, cniConfigDir].some(
    (one) => one !== undefined,
  )
  if (given && !before)
    return `--api-server, --pod-prefix, --service-prefix, --fabric, --gateways-per-site and --cni-config-dir are of \`damask ${command.name()} --before\``
  return undefined
}

function prefixProblem(text: string): readonly string[] {
  try {
    parsePrefix(text)
    return []
  } catch (cause) {
    return [cause instanceof Error ? cause.message : String(cause)]
  }
}

async function run(job: ClusterJob, options: Options): Promise<BeforeResult | AfterResult> {
  const { installedSettings } = await import('./install/installed-settings.ts')
  const version = packageVersion(packageFolder(import.meta.dirname))
  const { settings: last } = await installedSettings(job.api, version)
  const image = {
    image: options.image ?? last.image,
    imagePullPolicy: options.imagePullPolicy ?? last.imagePullPolicy,
    pullSecrets: options.pullSecret ?? last.pullSecrets,
  }
  const timeoutSeconds = Number(options.timeout)
  if (!options.before) return (await import('./check/check-after.ts')).checkAfter(job, image, timeoutSeconds)
  const { apiServer = last.apiServer, ...rest } = options
  const { checkBefore } = await import('./check/check-before.ts')
  return checkBefore(
    job,
    { ...rest, metricsPort: last.metricsPort, ...(apiServer !== undefined && { apiServer }) },
    image,
    timeoutSeconds,
  )
}

function textOf(result: BeforeResult | AfterResult, findings: (those: BeforeResult['findings']) => string): string {
  const matrix = 'matrix' in result && result.matrix !== undefined ? [result.matrix, ''] : []
  const tried = 'tried' in result ? [`${result.tried - result.failed.length} of ${result.tried} probes came back`] : []
  return [...matrix, findings(result.findings), ...tried, summaryOf(result.findings)].join('\n')
}
