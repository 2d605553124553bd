// From files to a plan, with all that is wrong said on the way: what `damask plan` and `damask graph` have in common.
import type { Lab, World } from '../model/index.ts'
import type { Plan } from '../planner/index.ts'
import type { Terminal } from './terminal.ts'

export type FilePlan = { readonly world: World; readonly plan: Plan; readonly lab?: Lab }

/** Undefined, with exit code 2, where an error stands in the files or in what the planner makes of them. */
export async function planFiles(
  paths: readonly string[],
  { printError, setExitCode }: Terminal,
): Promise<FilePlan | undefined> {
  const [{ formatIssue, readWorld }, { preparePlan }] = await Promise.all([
    import('../store/index.ts'),
    import('../planner/index.ts'),
  ])
  const { world, lab, issues } = await readWorld(paths)
  for (const issue of issues) printError(formatIssue(issue))
  if (world !== undefined && issues.some(({ severity }) => severity === 'error')) {
    setExitCode(2)
    return undefined
  }
  if (world === undefined) {
    if (issues.every(({ severity }) => severity === 'warning')) {
      printError(`no Network in ${paths.join(', ')}; name the files or the folder that hold the whole world`)
    }
    setExitCode(2)
    return undefined
  }
  const plan = preparePlan(world)
  for (const { severity, message } of plan.issues) printError(`${severity}: ${message}`)
  if (plan.issues.some(({ severity }) => severity === 'error')) {
    setExitCode(2)
    return undefined
  }
  return { world, plan, ...(lab && { lab }) }
}
