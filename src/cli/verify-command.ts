// `damask verify`: what is wrong with a network, before anything is applied.
import { Command, Option } from 'commander'
import type { Terminal } from './terminal.ts'

type VerifyOptions = { readonly wgQuick?: string; readonly output: 'text' | 'json' }

export function verifyCommand(terminal: Terminal): Command {
  return new Command('verify')
    .description('find what is wrong with wg-quick files that were written by hand, and who cannot reach whom')
    .option('--wg-quick <folder>', 'a folder with the files of all machines: MACHINE.conf, or MACHINE/wg0.conf')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
The folder holds one file a machine, named after it (paris.conf), or a subfolder a machine (paris/wg0.conf; a second file in
there is a second interface of that machine). Files are read as wg-quick and \`wg setconf\` read them. Private keys are used
to find out who has which public key, and never printed. Commands of the shell (PostUp and its like) are named, and not judged.

Exit code: 0 no errors; 1 there are errors, and they were said; 2 there is nothing that can be read.

Examples:
  # damask verify --wg-quick ./wireguard
  # damask verify --wg-quick ./wireguard -o json | jq '.findings[] | select(.severity == "error")'`,
    )
    .action(async ({ wgQuick, output }: VerifyOptions) => {
      if (wgQuick === undefined) {
        terminal.printError('say what to verify: --wg-quick and the folder with the wg-quick files of all machines')
        terminal.setExitCode(2)
        return
      }
      const { verifyWgQuick } = await import('./verify/wg-quick.ts')
      await verifyWgQuick(wgQuick, output, terminal)
    })
}
