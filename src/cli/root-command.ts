import { Command } from 'commander'
import { colourOption } from './colour-choice.ts'
import type { CommandEntry } from './commands.ts'

/** `damask` itself, with the commands that are given; those that only their entry is known of are there by name. */
export function rootCommand(
  version: string,
  entries: readonly CommandEntry[],
  loaded: ReadonlyMap<string, Command>,
): Command {
  const root = new Command('damask')
    .description('One encrypted container network over machines and clusters that share no network')
    .version(version, '-V, --version')
    .addOption(colourOption())
    .helpCommand(true)
    .showSuggestionAfterError()
    .showHelpAfterError('(damask --help lists the commands)')
    .addHelpText(
      'after',
      `
Examples:
  $ damask graph examples/four-clouds.yaml      # what a network looks like
  $ damask plan --help                          # what a command takes, with examples
  $ source <(damask completion bash)            # names of commands, options, nodes and labs by the tab key`,
    )
  for (const { name, description, isHidden = false } of entries) {
    root.addCommand(loaded.get(name) ?? new Command(name).description(description), { hidden: isHidden })
  }
  return root
}
