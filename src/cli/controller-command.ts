// `damask controller`: what a network needs once. Until SIGTERM, or one round.
import { Command, Option } from 'commander'
import type { ControllerStore, GrantChange } from '../controller/index.ts'
import type { Machine } from './commands.ts'

type ControllerCommandOptions = {
  readonly store: string
  readonly once?: true
  readonly output: 'text' | 'json'
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}

type Log = Record<'debug' | 'warn', (fields: object, message: string) => void>

export function controllerCommand(machine: Machine): Command {
  return new Command('controller')
    .description('grant gateways their slots and keep them, once in a network')
    .requiredOption('--store <folder>', 'folder of resources (YAML); grants are written to its folder granted')
    .option('--once', 'do what is to be done now, say it, and end')
    .addOption(
      new Option('-o, --output <format>', 'of --once; text: a sentence a change; json: an array of them')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addOption(
      new Option('--log-level <level>', 'least level that is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText(
      'after',
      `
A site of several gateways gives each a slot, and others reach them by it. What is granted stays with its holder when
nodes come and go. Without a controller the order of wish, endpoint and name decides, and may move slots.
Logs go to standard error, a JSON object a line. Exit code of --once: 0 done; 1 not all could be written; 2 no usable world.

Examples:
  # damask controller --store /etc/damask
  # damask controller --store world --once   # before a commit, where documents are spread by git
  # damask controller --store world --once -o json > changes.json`,
    )
    .action(({ once, ...options }: ControllerCommandOptions) =>
      once ? grantOnce(options, machine) : control(options, machine),
    )
}

async function grantOnce(
  { store: directory, output }: ControllerCommandOptions,
  { terminal: { print, printError, setExitCode } }: Machine,
): Promise<void> {
  const { makeGrants, viewGrants } = await import('../controller/index.ts')
  const store = await openStore(directory)
  try {
    const view = await viewGrants(store)
    if (view.kind === 'broken') {
      for (const error of view.errors) printError(error)
      setExitCode(2)
      return
    }
    const made: GrantChange[] = []
    const failures = await makeGrants(store, view, (sentence, change) => {
      made.push(change)
      if (output === 'text') print(sentence)
    })
    if (output === 'json') print(JSON.stringify(made.map(dataOf), undefined, 2))
    for (const failure of failures) printError(failure)
    setExitCode(failures.length > 0 ? 1 : 0)
  } finally {
    store.close()
  }
}

const dataOf = ({ kind, name, ...rest }: GrantChange) => ({
  change: kind === 'write' ? 'granted' : 'removed',
  node: name,
  ...rest,
})

async function control(
  { store: directory, logLevel }: ControllerCommandOptions,
  { writeError, clock, signal }: Machine,
): Promise<void> {
  const [{ openSecretLog }, { runController }] = await Promise.all([
    import('../agent/index.ts'),
    import('../controller/index.ts'),
  ])
  const log = openSecretLog({ level: logLevel, write: writeError })
  const store = await openStore(directory, log)
  try {
    await runController({ store, clock, log, signal })
    log.info({}, 'stopped; what was granted stays')
  } finally {
    store.close()
  }
}

/** The schemas and the YAML reader are loaded when they are needed. */
async function openStore(directory: string, log?: Log): Promise<ControllerStore & { readonly close: () => void }> {
  const { openDirectoryStore } = await import('../store/index.ts')
  return openDirectoryStore({ directory, ...(log && { log }) })
}
