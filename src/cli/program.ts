// `damask`: finds the command that is meant, loads it, and runs it.
import { type Command, CommanderError } from 'commander'
import { wordsWithoutColour } from './colour-choice.ts'
import { COMMANDS, type Machine } from './commands.ts'
import { rootCommand } from './root-command.ts'

/** Runs one command line (without interpreter and script). Never rejects: what went wrong is printed, with exit code 1 or 2. */
export async function runProgram(words: readonly string[], version: string, machine: Machine): Promise<void> {
  const { printError, setExitCode } = machine.terminal
  try {
    const program = await createProgram(words, version, machine)
    await program.parseAsync(words, { from: 'user' })
  } catch (cause) {
    if (cause instanceof CommanderError) {
      // Help and version were asked for; anything else is a command line that we do not understand.
      setExitCode(cause.exitCode === 0 ? 0 : 2)
      return
    }
    printError(`damask: ${cause instanceof Error ? cause.message : String(cause)}`)
    setExitCode(1)
  }
}

async function createProgram(words: readonly string[], version: string, machine: Machine): Promise<Command> {
  const { print, printError } = machine.terminal
  const called = COMMANDS.find(({ name }) => name === commandCalled(words))
  const loaded = new Map(called && [[called.name, await called.load(machine)]])
  const program = rootCommand(version, COMMANDS, loaded)
  const output = {
    writeOut: (text: string) => print(trimmed(text)),
    writeErr: (text: string) => printError(trimmed(text)),
  }
  for (const command of withSubcommands(program)) command.exitOverride().configureOutput(output)
  return program
}

/** The first word that is no option; after `help` the next one. */
function commandCalled(words: readonly string[]): string | undefined {
  const [first, second] = wordsWithoutColour(words).filter((word) => !word.startsWith('-'))
  return first === 'help' ? second : first
}

function* withSubcommands(command: Command): Generator<Command> {
  yield command
  for (const child of command.commands) yield* withSubcommands(child)
}

const trimmed = (text: string): string => text.replace(/\n$/, '')
