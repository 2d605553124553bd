// `damask node clean`: takes away from this machine all that Damask put there.
import { Command, Option } from 'commander'
import type { Machine } from './commands.ts'
import type { CleaningStep } from './node-clean.ts'

type CleanOptions = {
  readonly state: string
  readonly run: string
  readonly procSys?: string
  readonly keepState?: true
  readonly force?: true
  readonly output: 'text' | 'json'
}

export function nodeCleanCommand(machine: Pick<Machine, 'terminal' | 'isRoot'>): Command {
  return new Command('clean')
    .description('take away from this machine all that damask put there: links, routes, filter, settings, files')
    .option('--state <folder>', 'where the agent kept its key and what it remembered', '/var/lib/damask')
    .option('--run <folder>', "the agent's sockets", '/run/damask')
    .option('--proc-sys <folder>', "the machine's kernel settings, where /proc/sys is read-only, as in containers")
    .option('--keep-state', 'keep the private key, so that the machine can come back as the same node')
    .option(
      '--force',
      'also while an agent runs, which would put all back, and while pods live, which lose their network',
    )
    .addOption(
      new Option('-o, --output <format>', 'json: an array of what was removed, restored and kept')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText(
      'after',
      `
Stop the agent first. What does not carry Damask's marks stays, and so do settings that somebody changed since. Nothing there
is no failure: it can be called again. Exit code: 0 nothing of ours is left; 1 something could not be removed, or it refused.

Examples:
  # damask node clean
  # damask node clean --keep-state -o json`,
    )
    .action((options: CleanOptions) => clean(options, machine))
}

async function clean(options: CleanOptions, { terminal, isRoot }: Pick<Machine, 'terminal' | 'isRoot'>): Promise<void> {
  const { print, printError, setExitCode } = terminal
  const steps: CleaningStep[] = []
  const failed: string[] = []
  try {
    if (!isRoot) throw new Error('only root can take away links, routes and settings; run this as root')
    const [{ cleanHost, lookBeforeCleaning }, { useSysctlFolder }] = await Promise.all([
      import('./node-clean.ts'),
      import('../linux/index.ts'),
    ])
    if (options.procSys !== undefined) useSysctlFolder(options.procSys)
    const { agentRuns, pods } = await lookBeforeCleaning(options.run)
    if (!options.force) refuseWhereInUse(options.run, agentRuns, pods)
    else if (agentRuns) printError('note: an agent runs, and will put back what is taken away here; stop it')
    await cleanHost({
      folders: { state: options.state, run: options.run },
      keepsKey: options.keepState === true,
      tell: (step) => void steps.push(step),
      warn: printError,
    })
  } catch (cause) {
    failed.push(cause instanceof Error ? cause.message : String(cause))
  }
  if (options.output === 'json') print(JSON.stringify(steps, undefined, 2))
  else for (const line of sentencesOf(steps)) print(line)
  failed.push(
    ...steps.flatMap(({ change, kind, name, because }) => (change === 'failed' ? [`${kind} ${name}: ${because}`] : [])),
  )
  for (const sentence of failed) printError(sentence)
  setExitCode(failed.length > 0 ? 1 : 0)
}

function refuseWhereInUse(run: string, agentRuns: boolean, pods: number): void {
  if (agentRuns)
    throw new Error(
      `an agent runs on ${run}, and would put back what is taken away; stop it (systemctl stop damask), or say --force`,
    )
  if (pods > 0)
    throw new Error(
      `${pods} ${pods === 1 ? 'pod has its' : 'pods have their'} network from this node and would lose it; move them away, or say --force`,
    )
}

/** Of these there are too many to be named. */
const COUNTED: ReadonlySet<string> = new Set([
  'address',
  'route',
  'rule',
  'neighbour',
  'fdb',
  'next-hop',
  'next-hop-group',
])

function* sentencesOf(steps: readonly CleaningStep[]): Generator<string> {
  if (steps.length === 0) yield 'nothing of damask is here'
  const removed = Map.groupBy(
    steps.filter(({ change }) => change === 'removed'),
    ({ kind }) => kind,
  )
  for (const [kind, those] of removed) {
    const count = `${those.length} ${kind}${those.length === 1 ? '' : kind.endsWith('s') ? 'es' : 's'}`
    yield COUNTED.has(kind) ? `removed ${count}` : `removed ${count}: ${those.map(({ name }) => name).join(', ')}`
  }
  for (const { change, kind, name, because } of steps) {
    if (change === 'restored') yield `put back ${name}`
    if (change === 'kept') yield `kept ${kind} ${name}: ${because}`
  }
}
