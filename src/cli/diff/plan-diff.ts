// `damask plan --diff`: two sides found, compared and said.
import { hint, listNames } from '../../model/index.ts'
import type { ClusterMachine } from '../cluster-options.ts'
import { planFiles } from '../file-plan.ts'
import type { PlannedWorld } from '../planned-world.ts'
import type { Terminal } from '../terminal.ts'
import type { Sides } from './sides.ts'

/** What `--diff` takes in place of files. */
export const RUNNING = 'running'

export type PlanDiffOptions = {
  readonly diff: readonly string[]
  readonly lab?: string
  readonly node?: string
  readonly output: 'text' | 'json'
  readonly because: boolean
}

/** Exit code 1 where something is lost that was there. */
export async function printPlanDiff(
  next: PlannedWorld,
  nextName: string,
  options: PlanDiffOptions,
  { terminal }: Pick<ClusterMachine, 'terminal'>,
): Promise<void> {
  const { node, output, because } = options
  const sides = await sidesOf(next, options, terminal)
  if (sides === undefined) return
  const { old, next: after, oldName, notes } = sides
  const names = [...new Set([...old.world.nodes.keys(), ...after.world.nodes.keys()])]
  if (node !== undefined && !names.includes(node)) {
    terminal.printError(`there is no node ${node} on either side; there are ${listNames(names)}${hint(node, names)}`)
    terminal.setExitCode(2)
    return
  }
  const { comparePlans } = await import('../../foresight/index.ts')
  const difference = comparePlans(old, after, node === undefined ? {} : { node })
  if (output === 'json') {
    const { diffJson } = await import('./diff-json.ts')
    terminal.print(JSON.stringify(diffJson(difference, notes), undefined, 2))
  } else {
    const { diffText } = await import('./diff-text.ts')
    terminal.print(diffText(difference, { old: oldName, next: nextName, because, notes, paint: terminal.paint }))
  }
  terminal.setExitCode(difference.isLost ? 1 : 0)
}

async function sidesOf(next: PlannedWorld, options: PlanDiffOptions, terminal: Terminal): Promise<Sides | undefined> {
  const { diff, lab, node } = options
  if (!diff.includes(RUNNING)) return fileSides(next, diff, terminal)
  try {
    if (node !== undefined && lab === undefined) {
      const { machineSides } = await import('./machine-sides.ts')
      return await machineSides(next, node, terminal)
    }
    const { labSides } = await import('./lab-sides.ts')
    return await labSides(next, lab, terminal)
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    terminal.printError(
      /\bE(PERM|ACCES)\b/.test(said) ? `${said}; what runs is read by root alone: try it with sudo` : said,
    )
    terminal.setExitCode(2)
    return undefined
  }
}

async function fileSides(next: PlannedWorld, paths: readonly string[], terminal: Terminal): Promise<Sides | undefined> {
  // Of what is left behind, only what makes a comparison impossible is worth a word.
  const said: string[] = []
  const old = await planFiles(paths, { ...terminal, printError: (text) => said.push(text) })
  if (old === undefined) {
    for (const text of said) terminal.printError(text)
    return undefined
  }
  const { guessNotes, planSides } = await import('./planned-sides.ts')
  const sides = await planSides(old, next, terminal)
  if (sides === undefined) return undefined
  const isOfOneLab = (old.lab === undefined) !== (next.lab === undefined)
  return { ...sides, oldName: paths.join(', '), notes: guessNotes(sides, isOfOneLab) }
}
