// `damask keeper`: starts wireguard-go for an agent in a container, and outlives it; until SIGTERM.
import { Command, Option } from 'commander'
import { openSecretLog, runKeeper } from '../agent/index.ts'
import type { Machine } from './commands.ts'
import { wireguardPrograms } from './wireguard-programs.ts'

type KeeperCommandOptions = {
  readonly run: string
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}

export function keeperCommand({ terminal, writeError, signal, clock }: Machine): Command {
  return new Command('keeper')
    .description('keep the wireguard-go processes of an agent that is started anew in a container')
    .option('--run <folder>', 'its socket: keeper.sock', '/run/damask')
    .addOption(
      new Option('--log-level <level>', 'least level that is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText(
      'after',
      `
Where the kernel has no WireGuard, a tunnel lives as long as its wireguard-go, and in a container that ends with the agent.
So an agent of the same run folder asks for it here. On SIGTERM the processes end, and their devices with them.

Over HTTP on the socket: PUT and DELETE of /interfaces/NAME, GET of /interfaces (what runs, and the last words of what ended).
In a container: the network namespace of the host, /dev/net/tun, CAP_NET_ADMIN, and /var/run/wireguard shared with the agent.

Examples:
  # damask keeper
  # curl --unix-socket /run/damask/keeper.sock http://keeper/interfaces`,
    )
    .action(async ({ run, logLevel }: KeeperCommandOptions) => {
      const log = openSecretLog({ level: logLevel, write: writeError })
      try {
        await runKeeper({ runFolder: run, programFolders: wireguardPrograms(), clock, log, signal })
        log.info({}, 'stopped')
      } catch (cause) {
        log.error({ cause }, `the keeper cannot run: ${cause instanceof Error ? cause.message : cause}`)
        terminal.setExitCode(1)
      }
    })
}
