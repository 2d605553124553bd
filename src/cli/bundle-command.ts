// `damask bundle`: all that a bug report needs, in one file, and no secret in it.
import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Command } from 'commander'
import type { Bundle } from './bundle/bundle.ts'
import { type ClusterOptions, choose, openCluster, withClusterOptions } from './cluster-options.ts'
import type { Machine } from './commands.ts'
import { packageFolder, packageVersion } from './package-folder.ts'

type BundleOptions = ClusterOptions & {
  readonly output?: string
  readonly local?: true
  readonly node: readonly string[]
  readonly all: boolean
  readonly run: string
  readonly state: string
}

type BundleMachine = Pick<Machine, 'terminal' | 'clock' | 'kubeconfig' | 'kernelRelease'>

export function bundleCommand(machine: BundleMachine): Command {
  const { print, printError, setExitCode } = machine.terminal
  return withClusterOptions(new Command('bundle'))
    .description('gather what a bug report needs, without secrets, in one file')
    .option('-o, --output <file>', 'where to write it (damask-bundle-TIME.tar.gz)')
    .option('--local', 'in place of a cluster: this machine and its agent')
    .option('--node <name>', 'take the log and the status of this node too; may be said again', gathered, [])
    .option('--all', 'of all nodes, however many', false)
    .option('--run <folder>', "with --local: the agent's run folder", '/run/damask')
    .option('--state <folder>', "with --local: the agent's state folder", '/var/lib/damask')
    .addHelpText('after', HELP)
    .action(async (options: BundleOptions) => {
      const refusal = refuse(options)
      if (refusal !== undefined) {
        printError(refusal)
        setExitCode(2)
        return
      }
      try {
        const { path, files, missing } = await writeBundle(options, machine)
        const short = missing === 0 ? '' : `; ${missing} things could not be had, INDEX.txt in it says why`
        print(`${path}: ${files} files${short}`)
        setExitCode(0)
      } catch (cause) {
        printError(cause instanceof Error ? cause.message : String(cause))
        setExitCode(1)
      }
    })
}

const HELP = `
Of a cluster: Network, Sites, MeshNodes, Nodes, what runs in damask-system with its events and logs, what agents say of their nodes
(of 30, those with trouble first), and the picture of the network. INDEX.txt in it says what there is, and what could not be had.
Private keys, tokens, passwords, values of variables and unknown annotations are left out; names and addresses are in it.

Exit code: 0 written; 1 there is nothing to write.

Examples:
  # damask bundle
  # damask bundle --node aws-1 --node home-1 -o report.tar.gz
  # damask bundle --local -o aws-1.tar.gz`

const gathered = (text: string, before: readonly string[]): readonly string[] => [...before, text]

function refuse({ local, kubeconfig, context, apiServer, node, all }: BundleOptions): string | undefined {
  const isOfCluster = [kubeconfig, context, apiServer].some((option) => option !== undefined) || node.length > 0 || all
  return local && isOfCluster
    ? '--local is of this machine alone; --kubeconfig, --context, --api-server, --node and --all are of a cluster'
    : undefined
}

async function writeBundle(options: BundleOptions, machine: BundleMachine) {
  const now = machine.clock.now()
  const time = new Date(now).toISOString().replace(/\..*/, '')
  const path = options.output ?? `damask-bundle-${time.replaceAll(/[-:]/g, '').replace('T', '-')}.tar.gz`
  const { createBundle } = await import('./bundle/bundle.ts')
  const bundle = createBundle()
  const of = options.local ? 'this machine' : await gatherCluster(options, machine, bundle)
  if (options.local) {
    const { gatherMachineParts } = await import('./bundle/machine-parts.ts')
    const { run, state } = options
    await gatherMachineParts({ bundle, run, state, kernelRelease: machine.kernelRelease })
  }
  const version = packageVersion(packageFolder(import.meta.dirname))
  const folder = basename(path).replace(/\.(?:tar\.gz|tgz)$/, '')
  const { bytes, files, missing } = await bundle.finish(
    folder,
    [`Damask ${version}: a bundle of ${of}, gathered at ${time}Z.`],
    now,
  )
  // It tells much of a network, if no secret.
  await writeFile(path, bytes, { mode: 0o600 })
  return { path, files, missing }
}

async function gatherCluster(options: BundleOptions, machine: BundleMachine, bundle: Bundle): Promise<string> {
  const api = await openCluster(options, machine)
  try {
    // Without it everything fails for the same reason.
    await api.getText('/version')
    const { gatherClusterParts } = await import('./bundle/cluster-parts.ts')
    await gatherClusterParts({
      api,
      bundle,
      clock: machine.clock,
      graph: () => drawGraph(options, machine),
      async openExec() {
        const { openPodExec } = await import('./bundle/pod-exec.ts')
        return openPodExec(choose(options, machine.kubeconfig), machine.clock)
      },
      nodes: options.node,
      all: options.all,
      tell: machine.terminal.printError,
    })
    return `the cluster at ${api.server}`
  } finally {
    api.close()
  }
}

async function drawGraph(options: BundleOptions, machine: BundleMachine) {
  const [{ planCluster }, { topologyOf }, { renderGraphText }] = await Promise.all([
    import('./cluster-plan.ts'),
    import('../planner/index.ts'),
    import('../render/index.ts'),
  ])
  const notes: string[] = []
  const terminal = { print() {}, printError: (line: string) => void notes.push(line), setExitCode() {} }
  const planned = await planCluster(options, { ...machine, terminal })
  return { notes, ...(planned && { picture: renderGraphText(topologyOf(planned.plan), { all: true }) }) }
}
