// `damask lab`: a network of several clouds on this machine, in namespaces, with real agents and real packets.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import type { LabRecord } from '../lab/index.ts'
import type { Machine } from './commands.ts'
import { labStatusJson, labStatusText, readLabStatuses } from './lab-status.ts'
import { bringUpLabOf, runLabOf } from './lab-trial.ts'
import { packageFolder } from './package-folder.ts'
import type { Terminal } from './terminal.ts'

export function labCommand(machine: Machine): Command {
  const { terminal, self, signal } = machine
  const doing = doingWith(terminal, signal)
  const folder = packageFolder(import.meta.dirname)
  const tools = { damask: self, cni: join(folder, 'dist', 'damask-cni') }
  const toolFolder = join(folder, 'bin')
  return new Command('lab')
    .description('try a network of several clouds on this machine, in namespaces, with real packets (root)')
    .addCommand(
      new Command('run')
        .description(
          'bring the lab up, try every pair of pods (of hosts, where there are no pods), print what arrived, take it down',
        )
        .argument('<file...>', 'files or folders of resources, with a Lab among them')
        .addOption(new Option('-o, --output <format>', 'json: one line').choices(['text', 'json']).default('text'))
        .addHelpText(
          'after',
          `
Examples:
  # damask lab run examples/four-clouds.yaml
  # damask lab run examples/four-clouds.yaml -o json > result.json`,
        )
        .action(doing((files: readonly string[], { output }) => runLabOf(files, output, tools, machine))),
    )
    .addCommand(
      new Command('up')
        .description('bring the lab up and leave it; agents follow what is edited in its world folder')
        .argument('<file...>', 'files or folders of resources, with a Lab among them')
        .addOption(
          new Option('-o, --output <format>', 'json: as that of lab status').choices(['text', 'json']).default('text'),
        )
        .addHelpText('after', '\nExample:\n  # damask lab up examples/four-clouds.yaml')
        .action(doing((files: readonly string[], { output }) => bringUpLabOf(files, output, tools, machine))),
    )
    .addCommand(
      new Command('status')
        .description('list the labs that are up, and which of their nodes are ready')
        .argument('[name]')
        .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
        .addHelpText('after', '\nExample:\n  # damask lab status')
        .action(doing((name: string | undefined, { output }) => showStatus(name, output, terminal))),
    )
    .addCommand(
      new Command('exec')
        .description('run a command in a node or a pod of a lab: damask lab exec aws-1 -- damask status')
        .usage('[lab] <node or pod> -- [command...]')
        .argument('<words...>', 'the lab where several are up, the node or pod, the command (sh)')
        .addHelpText(
          'after',
          `
Examples:
  # damask lab exec aws-1 -- damask status
  # damask lab exec aws-1-a -- ping -c 1 10.42.7.2   # from a pod at aws to a pod at home`,
        )
        .action(doing((words: readonly string[]) => execute(words, terminal, toolFolder))),
    )
    .addCommand(
      new Command('reboot')
        .description('take the power from a node and give it back: its files stay, all else is made anew')
        .usage('[lab] <node>')
        .argument('<words...>', 'the lab where several are up, the node')
        .addHelpText('after', '\nExample:\n  # damask lab reboot aws-1')
        .action(doing((words: readonly string[]) => reboot(words, terminal, signal))),
    )
    .addCommand(
      new Command('down')
        .description('take a lab away, with everything in it')
        .argument('[name]')
        .addHelpText('after', '\nExample:\n  # damask lab down')
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

async function showStatus(name: string | undefined, output: string, { print, setExitCode }: Terminal): Promise<void> {
  const { findRecord, readRecords } = await import('../lab/index.ts')
  const labs = await readLabStatuses(name === undefined ? readRecords() : [findRecord(name)])
  if (output === 'json') print(labStatusJson(labs))
  else if (labs.length === 0) print('no lab is up')
  else for (const lab of labs) print(labStatusText(lab))
  setExitCode(labs.every(({ nodes }) => nodes.every(({ isReady }) => isReady)) ? 0 : 1)
}

async function execute(words: readonly string[], { setExitCode }: Terminal, toolFolder: string): Promise<void> {
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

async function reboot(words: readonly string[], { print, setExitCode }: Terminal, signal: AbortSignal): Promise<void> {
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
