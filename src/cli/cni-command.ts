// `damask cni`: tells the container runtime of this machine that pods are ours, and no more.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import {
  CNI_RECORD_FILE,
  clientFile,
  conflistFile,
  earlierConfigurations,
  isStockPluginThere,
  openInstalledFiles,
  STOCK_PLUGINS,
  type StockPlugin,
  type WantedFile,
} from '../cni/index.ts'
import { askStatus } from './cni-client.ts'
import type { Machine } from './commands.ts'
import { packageFolder } from './package-folder.ts'

type InstallOptions = {
  readonly binDir: string
  readonly confDir: string
  readonly state: string
  readonly run: string
  readonly chain?: readonly StockPlugin[]
  readonly cniVersion: string
  readonly wait: number
  readonly force?: true
  readonly output: Output
}
type Output = 'text' | 'json'

type FileChange = { readonly path: string; readonly change: 'written' | 'unchanged' | 'removed' | 'kept' }
const SENTENCES: Readonly<Record<FileChange['change'], string>> = {
  written: 'wrote',
  unchanged: 'left as it is',
  removed: 'removed',
  kept: 'kept, since somebody changed it:',
}

const stateOption = () =>
  new Option('--state <folder>', 'where it is remembered what was installed').default('/var/lib/damask')

const outputOption = () =>
  new Option('-o, --output <format>', 'json: an array of the files, each with what happened to it')
    .choices(['text', 'json'])
    .default('text')

/** `client`: another program than the one that was built, in tests. */
export function cniCommand({ terminal, signal }: Pick<Machine, 'terminal' | 'signal'>, client?: string): Command {
  const command = new Command('cni').description('make the container runtime of this machine give its pods to damask')
  const install = new Command('install')
    .description('put the plugin and its configuration where the runtime looks, once the agent serves')
    .option('--bin-dir <folder>', "the runtime's plugins", '/opt/cni/bin')
    .option('--conf-dir <folder>', "the runtime's configuration", '/etc/cni/net.d')
    .addOption(stateOption())
    .option('--run <folder>', "the agent's sockets", '/run/damask')
    .addOption(
      new Option('--chain <plugin...>', 'stock plugins behind ours (those that are in the folder of plugins)').choices(
        STOCK_PLUGINS,
      ),
    )
    .addOption(
      new Option('--cni-version <version>', 'of the configuration; 1.1.0 where the runtime and the chain know it')
        .choices(['0.4.0', '1.0.0', '1.1.0'])
        .default('1.0.0'),
    )
    .option('--wait <seconds>', 'how long to wait for the agent', parseSeconds, 30)
    .option('--force', 'take the place of files that are not ours')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Each file is whole or not there. The configuration comes last: a runtime that sees it sends pods, so it is not written
before the agent can serve them. Called again it changes what is to be changed.

Examples:
  # damask cni install
  # damask cni install --chain portmap bandwidth --cni-version 1.1.0
  # damask cni install --bin-dir /var/lib/rancher/k3s/data/cni --conf-dir /var/lib/rancher/k3s/agent/etc/cni/net.d`,
    )
    .action((options: InstallOptions) => said(options.output, (tell) => installCni(options, tell)))
  const uninstall = new Command('uninstall')
    .description('take away what install put there, and nothing else')
    .addOption(stateOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
A file that was changed since is left, and named. The configuration goes first. Pods that run keep their network.

Examples:
  # damask cni uninstall`,
    )
    .action(({ state, output }: { readonly state: string; readonly output: Output }) =>
      said(output, (tell) => uninstallCni(state, tell)),
    )
  return command.addCommand(install).addCommand(uninstall)

  /** Prints what was done; a refusal is exit code 1, and what was done before it is said too. */
  async function said(output: Output, work: (tell: (done: FileChange) => void) => Promise<void>): Promise<void> {
    const changes: FileChange[] = []
    try {
      await work((done) => changes.push(done))
      terminal.setExitCode(0)
    } catch (cause) {
      terminal.printError(cause instanceof Error ? cause.message : String(cause))
      terminal.setExitCode(1)
    }
    if (output === 'json') terminal.print(JSON.stringify(changes, undefined, 2))
    else for (const { path, change } of changes) terminal.print(`${SENTENCES[change]} ${path}`)
  }

  async function installCni(options: InstallOptions, tell: (done: FileChange) => void): Promise<void> {
    const { binDir, confDir, state, run, force = false } = options
    const files = await openInstalledFiles(join(state, CNI_RECORD_FILE), force)
    const chain = options.chain ?? STOCK_PLUGINS.filter((name) => isStockPluginThere(binDir, name))
    for (const name of chain)
      if (!isStockPluginThere(binDir, name))
        throw new Error(
          `cannot chain ${name}: there is no ${join(binDir, name)}; install it (Debian: containernetworking-plugins), or leave it out`,
        )
    const put = async (file: WantedFile): Promise<void> =>
      tell({ path: file.path, change: (await files.put(file)) ? 'written' : 'unchanged' })
    const program = clientFile(binDir, client ?? join(packageFolder(import.meta.dirname), 'dist', 'damask-cni'))
    await put(program)
    await waitForAgent(program.path, join(run, 'cni.sock'), options.wait)
    await put(conflistFile({ confDir, cniVersion: options.cniVersion, chain }))
    for (const path of earlierConfigurations(confDir))
      terminal.printError(`note: ${path} comes first, and the runtime will take that; move it away`)
  }

  /** A STATUS by the program itself, so that it is known to run here. */
  async function waitForAgent(program: string, socketPath: string, seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000
    for (;;) {
      const refusal = await askStatus(program, socketPath)
      if (refusal === undefined) return
      if (performance.now() >= end || signal.aborted)
        throw new Error(
          `the agent does not serve pods on ${socketPath}: ${refusal}. The configuration was not written, so the runtime sends none; try again`,
        )
      await sleep(Math.min(500, Math.max(1, end - performance.now())))
    }
  }

  async function uninstallCni(state: string, tell: (done: FileChange) => void): Promise<void> {
    const { removed, kept } = await (await openInstalledFiles(join(state, CNI_RECORD_FILE))).removeAll()
    for (const path of removed) tell({ path, change: 'removed' })
    for (const path of kept) tell({ path, change: 'kept' })
    if (removed.length + kept.length === 0) terminal.printError('nothing is installed')
  }
}

function parseSeconds(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('write whole seconds, as 30.')
}
