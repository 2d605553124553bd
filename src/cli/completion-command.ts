// `damask completion`: what makes a shell complete our commands.
import { Argument, Command } from 'commander'
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from './completion-script.ts'
import type { Terminal } from './terminal.ts'

export const completionCommand = ({ print, setExitCode }: Terminal): Command =>
  new Command('completion')
    .description('print what makes a shell complete our commands, options and names')
    .addArgument(new Argument('<shell>', 'for which shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Completes commands, options and their values, files, names of labs that are up, and names of nodes.

Examples:
  $ source <(damask completion bash)            # this shell alone
  $ mkdir -p ~/.local/share/bash-completion/completions
  $ damask completion bash > ~/.local/share/bash-completion/completions/damask
  # damask completion zsh > /usr/local/share/zsh/site-functions/_damask
  $ mkdir -p ~/.config/fish/completions
  $ damask completion fish > ~/.config/fish/completions/damask.fish`,
    )
    .action((shell: Shell) => {
      print(COMPLETION_SCRIPTS[shell].trim())
      setExitCode(0)
    })
