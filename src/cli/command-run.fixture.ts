// A command as tests call it: with a terminal that is remembered, and a clock that stands still.
import type { Command } from 'commander'
import type { ClusterMachine } from './cluster-options.ts'

export type CommandRun = {
  readonly printed: string
  readonly errors: string[]
  readonly exitCode: number | undefined
}

export async function runCommand(
  make: (machine: ClusterMachine) => Command,
  words: readonly string[],
): Promise<CommandRun> {
  const printed: string[] = []
  const errors: string[] = []
  let exitCode: number | undefined
  const command = make({
    clock: { now: () => 0, after: () => () => {} },
    terminal: {
      print: (text) => printed.push(text),
      printError: (text) => errors.push(text),
      setExitCode: (code) => {
        exitCode = code
      },
    },
  })
  await command.parseAsync(words, { from: 'user' })
  return { printed: printed.join('\n'), errors, exitCode }
}
