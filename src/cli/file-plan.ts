// From files to a plan, with all that is wrong said on the way: what `damask plan` and `damask graph` have in common.
import type { FindPlace } from '../store/index.ts'
import { type PlannedWorld, planWorld } from './planned-world.ts'
import type { Terminal } from './terminal.ts'

export type FilePlan = PlannedWorld & { readonly placeOf: FindPlace }

/** Undefined, with exit code 2, where an error stands in the files or in what the planner makes of them. */
export async function planFiles(paths: readonly string[], terminal: Terminal): Promise<FilePlan | undefined> {
  const { printError, setExitCode } = terminal
  const { formatIssue, readWorldWithPlaces } = await import('../store/index.ts')
  const { result, placeOf } = await readWorldWithPlaces(paths)
  const { world, lab, issues } = result
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
  const planned = await planWorld(world, terminal)
  return planned && { ...planned, placeOf, ...(lab && { lab }) }
}
