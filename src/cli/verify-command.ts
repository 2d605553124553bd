// `damask verify`: what is wrong with a network, before anything is applied.
import { Command, Option } from 'commander'
import type { ClusterMachine } from './cluster-options.ts'
import { planSource, type WorldSource, withWorldSource } from './world-source.ts'

type VerifyOptions = WorldSource & {
  readonly wgQuick?: string
  readonly check?: string
  readonly withoutGateways?: boolean
  readonly output: 'text' | 'json'
}

export function verifyCommand(machine: ClusterMachine): Command {
  const { printError, setExitCode } = machine.terminal
  const refuse = (message: string): void => {
    printError(message)
    setExitCode(2)
  }
  return withWorldSource(new Command('verify'))
    .description('prove who reaches whom in a planned network, and what is in the clear; or judge wg-quick files')
    .option('--wg-quick <folder>', 'in place of resources: the wg-quick files of all machines, written by hand')
    .option('--check <certificate>', 'check what an earlier `-o json` said of these resources, in place of proving it')
    .option('--without-gateways', 'also with each gateway taken for dead, one at a time (unasked in small networks)')
    .option('--no-without-gateways', 'not even in small networks')
    .addOption(
      new Option('-o, --output <format>', 'how to print; json is the certificate')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText(
      'after',
      `
Every ordered pair of pods' prefixes, machines and what is outside, both families, every next hop, there and back. Machines that
may change places with all that is theirs without changing anything are of one kind, and of each two kinds one pair is walked.
The networks below are those of the Lab where there is one among the resources; else they are guessed from endpoints and sites, and
nothing is refused there that could be let through.

Of wg-quick files the folder holds one a machine, named after it (paris.conf), or a subfolder a machine (paris/wg0.conf; a second
file in there is a second interface). Files are read as wg-quick and \`wg setconf\` read them. Private keys are used to find out who
has which public key, and never printed. Commands of the shell (PostUp and its like) are named, and not judged.

Exit code: 0 all arrives and nothing is in the clear; 1 something does not, or a certificate does not hold, and it was said; 2 there
is nothing that can be read.

Examples:
  $ damask verify examples/four-clouds.yaml
  # damask verify world/ -o json > certificate.json; damask verify --check certificate.json world/
  # damask verify --wg-quick ./wireguard -o json | jq '.findings[] | select(.severity == "error")'`,
    )
    .action(async (files: readonly string[], options: VerifyOptions) => {
      const { wgQuick, output, check, withoutGateways } = options
      if (wgQuick !== undefined) {
        if (files.length > 0 || options.kubernetes || check !== undefined)
          return refuse('--wg-quick is judged by itself: leave out files, --kubernetes and --check')
        const { verifyWgQuick } = await import('./verify/wg-quick.ts')
        return verifyWgQuick(wgQuick, output, machine.terminal)
      }
      if (files.length === 0 && !options.kubernetes)
        return refuse(
          'say what to verify: files or folders of resources, --kubernetes, or --wg-quick and the folder with the wg-quick files of all machines',
        )
      const planned = await planSource(files, options, machine)
      if (planned === undefined) return
      const { verifyNetwork } = await import('./verify/network.ts')
      await verifyNetwork(
        planned,
        {
          output,
          source: options.kubernetes ? '--kubernetes' : files.join(' '),
          ...(check !== undefined && { check }),
          ...(withoutGateways !== undefined && { withoutGateways }),
        },
        machine.terminal,
      )
    })
}
