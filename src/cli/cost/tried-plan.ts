// The plan of another choice: of other files, or of the same world with one thing changed.
import { changedWorld, tryWorldChange } from '../../foresight/index.ts'
import type { Lab, World } from '../../model/index.ts'
import type { Plan } from '../../planner/index.ts'
import { planFiles } from '../file-plan.ts'
import { planWorld } from '../planned-world.ts'
import type { Terminal } from '../terminal.ts'

/** Undefined, with exit code 2, where it is no good; why was said. */
export async function planTried(
  tried: string,
  world: World,
  terminal: Pick<Terminal, 'print' | 'printError' | 'setExitCode'>,
): Promise<{ readonly plan: Plan; readonly lab?: Lab } | undefined> {
  const { printError, setExitCode } = terminal
  const within: typeof terminal = { ...terminal, printError: (text) => printError(`with ${tried}: ${text}`) }
  try {
    const change = tryWorldChange(tried)
    return change === undefined
      ? await planFiles([tried], within)
      : await planWorld(changedWorld(world, change), within)
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    printError(said.startsWith('cannot try') ? said : `cannot try ${tried}: ${said}`)
    setExitCode(2)
    return undefined
  }
}
