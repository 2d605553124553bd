// `damask lab run` and `damask lab up`: from files to a lab that stands, and what came of it.
import type { LabOptions, LabRecord, LabTools } from '../lab/index.ts'
import type { Machine } from './commands.ts'
import { planFiles } from './file-plan.ts'
import { type OpenProgress, openLabProgress } from './lab-progress.ts'
import { labStatusJson, readLabStatuses } from './lab-status.ts'
import { PLAIN } from './paint.ts'
import { paintLabResult } from './painted-output.ts'

export async function runLabOf(
  files: readonly string[],
  output: string,
  tools: LabTools,
  machine: Machine,
): Promise<void> {
  const { renderResult, runLab } = await import('../lab/index.ts')
  const run = await withLab(files, tools, machine, runLab)
  if (!run) return
  const { result, pairs, heard } = run
  const { print, printError, setExitCode, paint = PLAIN } = machine.terminal
  if (output === 'json') print(JSON.stringify(result))
  else if (pairs.length > 0) print(paintLabResult(renderResult(result, pairs, heard), paint))
  else if (result.error !== undefined) printError(result.error)
  setExitCode(result.ok ? 0 : 1)
}

export async function bringUpLabOf(
  files: readonly string[],
  output: string,
  tools: LabTools,
  machine: Machine,
): Promise<void> {
  const { bringUp } = await import('../lab/index.ts')
  const up = await withLab(files, tools, machine, (options) => bringUp(options, 'up'))
  if (!up) return
  const { record } = up.standing
  const text = output === 'json' ? labStatusJson(await readLabStatuses([record])) : await upText(record)
  machine.terminal.print(text)
  machine.terminal.setExitCode(up.late.length === 0 ? 0 : 1)
}

async function upText(record: LabRecord): Promise<string> {
  const { nameOf, storeFolder, worldFolder } = await import('../lab/index.ts')
  const name = nameOf(record)
  const { name: node = 'NODE' } = record.layout.nodes[0] ?? {}
  return [
    record.stores === 'own'
      ? `lab ${name} is up; each node has a world of its own, as in ${storeFolder(record, node)}`
      : `lab ${name} is up; its world is in ${worldFolder(record)}`,
    `  damask lab exec ${name} ${node} -- damask status`,
    `  damask lab down ${name}`,
  ].join('\n')
}

/** Undefined, with exit code 2, where the files are no lab. */
async function withLab<T>(
  files: readonly string[],
  tools: LabTools,
  machine: Machine,
  work: (options: LabOptions) => Promise<T>,
): Promise<T | undefined> {
  const [{ layoutIssues, sweepAbandoned, worldInClouds }, { preparePlan }] = await Promise.all([
    import('../lab/index.ts'),
    import('../planner/index.ts'),
  ])
  const { terminal, clock, signal } = machine
  const planned = await planFiles(files, terminal)
  if (planned === undefined) return undefined
  const { world, plan, lab } = planned
  const issues = lab
    ? layoutIssues(world, lab)
    : [`there is no Lab in ${files.join(', ')}; a world says where its nodes stand in one document of kind Lab`]
  for (const issue of issues) terminal.printError(issue)
  if (!lab || issues.length > 0) {
    terminal.setExitCode(2)
    return undefined
  }
  const said = new Set(plan.issues.map(({ message }) => message))
  for (const { severity, message } of preparePlan(worldInClouds(world, lab)).issues)
    if (!said.has(message)) terminal.printError(`${severity}: ${message}`)
  await sweepAbandoned(terminal.printError)
  const progress: OpenProgress = openLabProgress(machine)
  try {
    return await work({ world, lab, sources: files, tools, clock: clock.now, signal, progress })
  } finally {
    progress.close()
  }
}
