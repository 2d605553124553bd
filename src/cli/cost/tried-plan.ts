// The plan of another choice: of other files, or of the same world with one thing changed.
import { changedWorld, tryWorldChange } from '../../foresight/index.ts'
import type { World } from '../../model/index.ts'
import { planFiles } from '../file-plan.ts'
import { type PlannedWorld, planWorld } from '../planned-world.ts'
import type { Terminal } from '../terminal.ts'

export type TriedWorld = PlannedWorld & {
  /** By whose sites the networks below are guessed where no Lab says them. Left out: its own. */
  readonly guessedFrom?: World
}

/** Undefined, with exit code 2, where it is no good; why was said. A change moves no machine: the networks below stay as they are. */
export async function planTried(
  tried: string,
  { world, lab }: PlannedWorld,
  terminal: Pick<Terminal, 'print' | 'printError' | 'setExitCode'>,
): Promise<TriedWorld | undefined> {
  const { printError, setExitCode } = terminal
  const within: typeof terminal = { ...terminal, printError: (text) => printError(`with ${tried}: ${text}`) }
  try {
    const change = tryWorldChange(tried)
    if (change === undefined) return await planFiles([tried], within)
    const planned = await planWorld(changedWorld(world, change), within)
    // Where each node is a site, sites say nothing of the networks.
    const saysNetworks = world.network.sites.by !== 'node'
    return planned && { ...planned, ...(lab && { lab }), ...(saysNetworks && { guessedFrom: world }) }
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    printError(said.startsWith('cannot try') ? said : `cannot try ${tried}: ${said}`)
    setExitCode(2)
    return undefined
  }
}
