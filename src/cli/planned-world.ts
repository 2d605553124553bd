// A world and its plan, with what the planner has to say of it.
import type { Lab, World } from '../model/index.ts'
import type { Plan } from '../planner/index.ts'
import type { FindPlace } from '../store/index.ts'
import type { Terminal } from './terminal.ts'

export type PlannedWorld = {
  readonly world: World
  readonly plan: Plan
  /** How it stands in a lab, if a file says so. */
  readonly lab?: Lab
  /** Where a field stands, if the world came from files. */
  readonly placeOf?: FindPlace
}

/** Undefined, with exit code 2, where there are errors. What was made of sites that `previous` has alike is taken over. */
export async function planWorld(
  world: World,
  { printError, setExitCode }: Pick<Terminal, 'printError' | 'setExitCode'>,
  previous?: Plan,
): Promise<PlannedWorld | undefined> {
  const { preparePlan } = await import('../planner/index.ts')
  const plan = preparePlan(world, previous)
  for (const { severity, message } of plan.issues) printError(`${severity}: ${message}`)
  if (plan.issues.some(({ severity }) => severity === 'error')) {
    setExitCode(2)
    return undefined
  }
  return { world, plan }
}
