// `damask complete`: what could stand at the end of an unfinished command line, for the scripts of `damask completion`.
import { Command } from 'commander'
import type { CommandEntry, Machine } from './commands.ts'
import { completeWords } from './complete-words.ts'
import { namesOnHand } from './completion-names.ts'
import { rootCommand } from './root-command.ts'

export function completeCommand(machine: Machine, entries: readonly CommandEntry[]): Command {
  const { print, setExitCode } = machine.terminal
  return new Command('complete')
    .description('what the scripts of completion ask')
    .argument('[words...]', 'the command line without its first word, up to the cursor')
    .addHelpText('after', '\nExample:\n  $ damask complete -- plan --no')
    .action(async (words: readonly string[]) => {
      // Whoever presses the tab key in vain wants no message.
      setExitCode(0)
      const called = words.slice(0, -1).flatMap((word) => entries.find(({ name }) => name === word) ?? [])[0]
      const loaded = new Map(called && [[called.name, await called.load(machine)]])
      const lines = await completeWords(words, rootCommand('', entries, loaded), namesOnHand)
      if (lines.length > 0) print(lines.join('\n'))
    })
}
