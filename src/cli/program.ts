// `damask`: finds the command that is meant, loads it, and runs it.
import { Command, CommanderError } from 'commander'
import { COMMANDS, type CommandEntry, type Machine } from './commands.ts'

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
  const program = new Command('damask')
    .description('One encrypted container network over machines and clusters that share no network')
    .version(version, '-V, --version')
    .helpCommand(true)
    .showSuggestionAfterError()
    .showHelpAfterError('(damask --help lists the commands)')
  const called = commandCalled(words)
  for (const entry of COMMANDS) {
    program.addCommand(entry.name === called ? await entry.load(machine) : standIn(entry))
  }
  const output = {
    writeOut: (text: string) => print(trimmed(text)),
    writeErr: (text: string) => printError(trimmed(text)),
  }
  for (const command of withSubcommands(program)) command.exitOverride().configureOutput(output)
  return program
}

/** The first word that is no option; after `help` the next one. */
function commandCalled(words: readonly string[]): string | undefined {
  const [first, second] = words.filter((word) => !word.startsWith('-'))
  return first === 'help' ? second : first
}

/** For the list of commands alone. */
const standIn = ({ name, description }: CommandEntry): Command => new Command(name).description(description)

function* withSubcommands(command: Command): Generator<Command> {
  yield command
  for (const child of command.commands) yield* withSubcommands(child)
}

const trimmed = (text: string): string => text.replace(/\n$/, '')
