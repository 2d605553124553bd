// `damask agent`: one node's life, until SIGTERM.
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { type AgentStore, openHost, openSecretLog, runAgent } from '../agent/index.ts'
import { openKernel, PROGRAM_FOLDERS, releaseMemory } from '../linux/index.ts'
import type { Machine } from './commands.ts'
import { packageFolder } from './package-folder.ts'

type AgentCommandOptions = {
  readonly node: string
  readonly store: string
  readonly state: string
  readonly run: string
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}

/** A DNS label: names of nodes are. */
const NODE_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

export function agentCommand({ terminal, writeError, signal, clock, kernelRelease, isRoot }: Machine): Command {
  const { printError, setExitCode } = terminal
  return new Command('agent')
    .description('run one node: its tunnels, routes, filter and pods')
    .requiredOption('--node <name>', 'which Node of the store this machine is')
    .requiredOption('--store <folder>', 'folder of resources (YAML)')
    .option('--state <folder>', 'private key, addresses of pods, last world', '/var/lib/damask')
    .option('--run <folder>', 'sockets: agent.sock (status), cni.sock (pods)', '/run/damask')
    .addOption(
      new Option('--log-level <level>', 'least level that is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText(
      'after',
      `
Logs go to standard error, a JSON object a line. Stopping leaves the network as it is.

Example:
  # damask agent --node aws-1 --store /etc/damask`,
    )
    .action(async (options: AgentCommandOptions) => {
      const { node, state, run } = options
      if (!NODE_NAME.test(node)) {
        printError(`"${node}" is not the name of a node: names are DNS labels, as in aws-1`)
        setExitCode(2)
        return
      }
      const log = openSecretLog({ level: options.logLevel, node, write: writeError })
      try {
        await runAgent({
          node,
          folders: { state, run },
          openKernel: (privateKeys) => openKernel({ privateKeys, wireguardPrograms: wireguardPrograms(), log }),
          openStore: () => openStore(options.store, log),
          host: openHost({ kernelRelease, isRoot }),
          clock,
          log,
          signal,
          releaseMemory: () => {
            // There with --expose-gc; this flavour also gives back the pages that V8 pools.
            globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
            releaseMemory()
          },
        })
        log.info({}, 'stopped; the network stays as it is')
      } catch (cause) {
        log.error({ cause }, `the agent cannot run: ${cause instanceof Error ? cause.message : cause}`)
        setExitCode(1)
      }
    })
}

/** What `make wireguard-go` built comes before what the system has. */
const wireguardPrograms = (): readonly string[] => [
  join(packageFolder(import.meta.dirname), 'dist'),
  ...PROGRAM_FOLDERS,
]

/** The schemas and the YAML reader are much code, and the network does not wait for them. */
async function openStore(directory: string, log: ReturnType<typeof openSecretLog>): Promise<AgentStore> {
  const { openDirectoryStore } = await import('../store/index.ts')
  return openDirectoryStore({ directory, log })
}
