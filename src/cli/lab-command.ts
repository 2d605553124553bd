// `damask lab`: a network of several clouds on this machine, in namespaces, with real agents and real packets.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import type { LabOptions, LabRecord, LabTools, Readiness } from '../lab/index.ts'
import type { Machine } from './commands.ts'
import { planFiles } from './file-plan.ts'
import { packageFolder } from './package-folder.ts'
import type { Terminal } from './terminal.ts'

type LabContext = {
  readonly tools: LabTools
  /** Holds the tool under its name: `damask lab exec NODE -- damask status` must find it. */
  readonly toolFolder: string
  /** Milliseconds from any start. */
  readonly clock: () => number
  readonly signal: AbortSignal
}

export function labCommand({ terminal, self, clock, signal }: Machine): Command {
  const doing = doingWith(terminal, signal)
  const folder = packageFolder(import.meta.dirname)
  const tools = { damask: self, cni: join(folder, 'dist', 'damask-cni') }
  const context = { tools, toolFolder: join(folder, 'bin'), clock: clock.now, signal }
  return new Command('lab')
    .description('try a network of several clouds on this machine, in namespaces, with real packets (root)')
    .addCommand(
      new Command('run')
        .description('bring the lab up, try every pair of pods, print what arrived, take it down')
        .argument('<file...>', 'files or folders of resources, with a Lab among them')
        .addOption(new Option('-o, --output <format>', 'json: one line').choices(['text', 'json']).default('text'))
        .action(doing((files: readonly string[], { output }) => run(files, output, terminal, context))),
    )
    .addCommand(
      new Command('up')
        .description('bring the lab up and leave it; agents follow what is edited in its world folder')
        .argument('<file...>', 'files or folders of resources, with a Lab among them')
        .action(doing((files: readonly string[]) => up(files, terminal, context))),
    )
    .addCommand(
      new Command('status')
        .description('list the labs that are up, and which of their nodes are ready')
        .argument('[name]')
        .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
        .action(doing((name: string | undefined, { output }) => showStatus(name, output, terminal))),
    )
    .addCommand(
      new Command('exec')
        .description('run a command in a node or a pod of a lab: damask lab exec aws-1 -- damask status')
        .usage('[lab] <node or pod> -- [command...]')
        .argument('<words...>', 'the lab where several are up, the node or pod, the command (sh)')
        .action(doing((words: readonly string[]) => execute(words, terminal, context))),
    )
    .addCommand(
      new Command('reboot')
        .description('take the power from a node and give it back: its files stay, all else is made anew')
        .usage('[lab] <node>')
        .argument('<words...>', 'the lab where several are up, the node')
        .action(doing((words: readonly string[]) => reboot(words, terminal, context))),
    )
    .addCommand(
      new Command('down')
        .description('take a lab away, with everything in it')
        .argument('[name]')
        .action(doing((name: string | undefined) => down(name, terminal))),
    )
}

// Whatever is thrown is said in its own words; the lab has cleaned up by then.
const doingWith =
  ({ printError, setExitCode }: Terminal, signal: AbortSignal) =>
  <Arguments extends unknown[]>(action: (...given: Arguments) => Promise<void>) =>
  async (...given: Arguments): Promise<void> => {
    try {
      await action(...given)
    } catch (error) {
      printError(signal.aborted ? 'stopped' : error instanceof Error ? error.message : String(error))
      const { isWrongInput } = await import('../lab/index.ts')
      setExitCode(isWrongInput(error) ? 2 : 1)
    }
  }

/** Undefined, with exit code 2, where the files are no lab. */
async function readLab(
  files: readonly string[],
  terminal: Terminal,
  context: LabContext,
): Promise<LabOptions | undefined> {
  const { layoutIssues, sweepAbandoned } = await import('../lab/index.ts')
  const planned = await planFiles(files, terminal)
  if (planned === undefined) return undefined
  const { world, lab } = planned
  const issues = lab
    ? layoutIssues(world, lab)
    : [`there is no Lab in ${files.join(', ')}; a world says where its nodes stand in one document of kind Lab`]
  for (const issue of issues) terminal.printError(issue)
  if (!lab || issues.length > 0) {
    terminal.setExitCode(2)
    return undefined
  }
  await sweepAbandoned(terminal.printError)
  const { tools, clock, signal } = context
  return { world, lab, sources: files, tools, clock, signal, log: terminal.printError }
}

async function run(files: readonly string[], output: string, terminal: Terminal, context: LabContext): Promise<void> {
  const options = await readLab(files, terminal, context)
  if (!options) return
  const { renderResult, runLab } = await import('../lab/index.ts')
  const { result, pairs, heard } = await runLab(options)
  terminal.print(output === 'json' ? JSON.stringify(result) : renderResult(result, pairs, heard))
  terminal.setExitCode(result.ok ? 0 : 1)
}

async function up(files: readonly string[], terminal: Terminal, context: LabContext): Promise<void> {
  const options = await readLab(files, terminal, context)
  if (!options) return
  const { bringUp, nameOf, worldFolder } = await import('../lab/index.ts')
  const { standing, late } = await bringUp(options, 'up')
  const name = nameOf(standing.record)
  terminal.print(
    [
      `lab ${name} is up; its world is in ${worldFolder(standing.record)}`,
      `  damask lab exec ${name} ${standing.record.layout.nodes[0]?.name ?? 'NODE'} -- damask status`,
      `  damask lab down ${name}`,
    ].join('\n'),
  )
  terminal.setExitCode(late.length === 0 ? 0 : 1)
}

async function showStatus(name: string | undefined, output: string, { print, setExitCode }: Terminal): Promise<void> {
  const { findRecord, nameOf, readReadiness, readRecords, worldFolder } = await import('../lab/index.ts')
  const records = name === undefined ? readRecords() : [findRecord(name)]
  const labs = await Promise.all(
    records.map(async (record) => ({
      lab: nameOf(record),
      mode: record.mode,
      world: worldFolder(record),
      nodes: await readReadiness(record),
    })),
  )
  if (output === 'json') print(JSON.stringify(labs, undefined, 2))
  else if (labs.length === 0) print('no lab is up')
  else for (const { lab, mode, nodes } of labs) print(statusText(lab, mode, nodes))
  setExitCode(labs.every(({ nodes }) => nodes.every(({ isReady }) => isReady)) ? 0 : 1)
}

const statusText = (lab: string, mode: LabRecord['mode'], nodes: readonly Readiness[]): string => {
  const late = nodes.filter(({ isReady }) => !isReady)
  return [
    `${lab} (${mode}): ${nodes.length - late.length} of ${nodes.length} nodes ready`,
    ...late.map(({ node, reason }) => `  ${node}: ${reason}`),
  ].join('\n')
}

async function execute(words: readonly string[], { setExitCode }: Terminal, { toolFolder }: LabContext): Promise<void> {
  const { enterCommand, wrongInput } = await import('../lab/index.ts')
  const {
    record,
    rest: [target, ...given],
  } = await splitWords(words)
  if (target === undefined) throw wrongInput('name a node or a pod: damask lab exec aws-1 -- damask status')
  const [command = '', ...args] = [...enterCommand(record, target), ...(given.length > 0 ? given : ['sh'])]
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${toolFolder}:${process.env.PATH ?? ''}` },
  })
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode, signal) => resolve(exitCode ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
  setExitCode(code)
}

async function reboot(
  words: readonly string[],
  { print, setExitCode }: Terminal,
  { signal }: LabContext,
): Promise<void> {
  const { rebootNode, wrongInput } = await import('../lab/index.ts')
  const {
    record,
    rest: [node],
  } = await splitWords(words)
  if (node === undefined) throw wrongInput('name the node: damask lab reboot aws-1')
  await rebootNode(record, node, signal)
  print(`node ${node} is back`)
  setExitCode(0)
}

async function down(name: string | undefined, { print, setExitCode }: Terminal): Promise<void> {
  const { findRecord, nameOf, tearDown } = await import('../lab/index.ts')
  const record = findRecord(name)
  await tearDown(record)
  print(`lab ${nameOf(record)} is down`)
  setExitCode(0)
}

/** The first word is a lab's name where there is one so called; else the only lab that is up is meant. */
async function splitWords(words: readonly string[]): Promise<{ record: LabRecord; rest: readonly string[] }> {
  const { findRecord, nameOf, readRecords } = await import('../lab/index.ts')
  const [first, ...rest] = words
  const named = readRecords().find((record) => nameOf(record) === first)
  return named ? { record: named, rest } : { record: findRecord(), rest: words }
}
