// `damask status`: what the agent of this machine is doing, or how the network of a whole cluster is.
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { AGENT_SOCKET, type AgentStatus, askAgent } from '../agent/index.ts'
import { type ClusterOptions, refuseClusterOptions, withKubernetesOptions } from './cluster-options.ts'
import type { Machine } from './commands.ts'
import { PLAIN } from './paint.ts'
import { paintStatus } from './painted-output.ts'
import { renderStatus } from './status-text.ts'

type StatusOptions = ClusterOptions & {
  readonly run: string
  readonly output: 'text' | 'json'
  readonly kubernetes?: true
  readonly all: boolean
  readonly wait?: true
  readonly timeout: number
}

type StatusMachine = Pick<Machine, 'terminal' | 'clock' | 'kubeconfig' | 'writeError' | 'errorColumns' | 'signal'>

export function statusCommand(machine: StatusMachine): Command {
  const { printError, setExitCode } = machine.terminal
  return withKubernetesOptions(
    new Command('status')
      .description('show what the agent on this machine is doing, or how a whole cluster is')
      .option('--run <folder>', "the agent's run folder", '/run/damask'),
    'the whole network of a cluster, as its API server knows it',
  )
    .option('--all', 'of a cluster with many nodes: those that are well too', false)
    .option('--watch, --wait', 'of a cluster: tell how far it is, until all is ready')
    .option('--timeout <seconds>', 'how long to wait', parseSeconds, 300)
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action(async (options: StatusOptions) => {
      const refusal = refuse(options)
      if (refusal !== undefined) {
        printError(refusal)
        setExitCode(2)
        return
      }
      try {
        if (options.kubernetes) {
          const { showClusterStatus } = await import('./cluster-status-command.ts')
          await showClusterStatus(options, machine)
        } else await showOwnStatus(options, machine)
      } catch (cause) {
        printError(cause instanceof Error ? cause.message : String(cause))
        setExitCode(1)
      }
    })
}

const HELP = `
Ready: its own plan stands. Converged: every node has a key, and every peer had a handshake.
With --kubernetes: every node with its site, its agent and what that says of itself, and whatever does not fit, the worst first.

Exit code 0: ready; 1: not ready, or nobody answers.

Examples:
  # damask status
  # damask status -o json | jq .peers
  # damask status --kubernetes --wait --timeout 120`

function refuse(options: StatusOptions): string | undefined {
  const { kubernetes, all, wait } = options
  if (!kubernetes && (all || wait)) return '--all, --watch and --wait are of a cluster; they go with --kubernetes'
  return refuseClusterOptions(options)
}

async function showOwnStatus({ run, output }: Pick<StatusOptions, 'run' | 'output'>, machine: StatusMachine) {
  const { print, setExitCode, paint = PLAIN } = machine.terminal
  const { code, body } = await askAgent(join(run, AGENT_SOCKET), '/status')
  if (code !== 200) throw new Error(`the agent answered ${code}: ${body.trim()}`)
  const status: AgentStatus = JSON.parse(body)
  print(
    output === 'json'
      ? JSON.stringify(status, undefined, 2)
      : paintStatus(renderStatus(status, machine.clock.now()), paint),
  )
  setExitCode(status.ready.ready ? 0 : 1)
}

function parseSeconds(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('it is a number of seconds')
  return Number(text)
}
