// `damask trace`: the way of a packet through the plans of a world, hop by hop, before any of it is applied.
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Probe } from '../verifier/index.ts'
import type { ClusterMachine } from './cluster-options.ts'
import { type FoundEnd, findEnds } from './trace-ends.ts'
import { planSource, type WorldSource, withWorldSource } from './world-source.ts'

type TraceOptions = WorldSource & {
  readonly protocol?: Probe['protocol']
  readonly port?: number
  readonly size?: number
  readonly family?: '4' | '6'
  readonly output: 'text' | 'json'
}

export function traceCommand(machine: ClusterMachine): Command {
  const { print, printError, setExitCode } = machine.terminal
  const refuse = (message: string): void => {
    printError(message)
    setExitCode(2)
  }
  const command = new Command('trace')
    .argument('<source>', 'where the packet starts: an address, a prefix, a node, or pod@NODE')
    .argument('<destination>', 'where it goes: likewise, or "outside"')
  return withWorldSource(command)
    .description('follow a packet through the plan, there and back, hop by hop, and say where it ends')
    .addOption(new Option('--protocol <name>', 'of the packet').choices(['icmp', 'tcp', 'udp']))
    .option('--port <number>', 'destination port; TCP unless --protocol says otherwise', numberIn('a port', 1, 65_535))
    .option('--size <bytes>', 'of the whole IP packet', numberIn('a size', 28, 65_535))
    .addOption(
      new Option('--family <number>', 'IPv4 or IPv6 alone; left out: each that both ends have').choices(['4', '6']),
    )
    .addOption(new Option('-o, --output <format>', 'how to say it').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Every next hop of a group is followed, and the answer is too. The networks below are guessed from endpoints and sites: nothing
is refused there that could be let through. Exit code 1: it does not arrive, or not by every way, or its answer does not.

Examples:
  $ damask trace pod@aws-2 pod@home-1 examples/four-clouds.yaml
  $ damask trace aws-1 10.42.5.7 examples/four-clouds.yaml --port 443
  $ damask trace pod@gcp-2 outside examples/four-clouds.yaml --family 4 -o json`,
    )
    .action(async (from: string, to: string, files: readonly string[], options: TraceOptions) => {
      const planned = await planSource(files, options, machine)
      if (planned === undefined) return
      if (options.protocol === 'icmp' && options.port !== undefined)
        return refuse('ICMP has no ports: leave out --port or --protocol icmp')
      const { walkedPlan } = await import('./walked-plan.ts')
      const { states, network } = await walkedPlan(planned)
      const sources = { world: planned.world, states }
      const [fromEnds, toEnds] = [findEnds(from, sources), findEnds(to, sources)]
      for (const found of [fromEnds, toEnds]) if (typeof found === 'string') return refuse(found)
      const isWanted = ({ address }: FoundEnd): boolean =>
        options.family === undefined || address.family === Number(options.family)
      const pairs = pairsOf(
        (fromEnds as readonly FoundEnd[]).filter(isWanted),
        (toEnds as readonly FoundEnd[]).filter(isWanted),
      )
      if (typeof pairs === 'string') return refuse(pairs.replace('SOURCE', from).replace('DESTINATION', to))
      const { traceProbe } = await import('../verifier/index.ts')
      const protocol = options.protocol ?? (options.port === undefined ? 'icmp' : 'tcp')
      const traces = pairs.map((pair) =>
        traceProbe(network, {
          ...pair,
          protocol,
          ...(options.port !== undefined && { port: options.port }),
          ...(options.size !== undefined && { sizeBytes: options.size }),
        }),
      )
      if (options.output === 'json') {
        const { traceJson } = await import('./trace-json.ts')
        print(JSON.stringify(traces.map(traceJson), undefined, 2))
      } else {
        const { renderTrace } = await import('./trace-text.ts')
        print(traces.map(renderTrace).join('\n\n'))
      }
      setExitCode(traces.every(({ verdict }) => verdict.kind === 'delivered') ? 0 : 1)
    })
}

/** In each family that both have. */
function pairsOf(from: readonly FoundEnd[], to: readonly FoundEnd[]): readonly Pick<Probe, 'from' | 'to'>[] | string {
  if (from.some(({ kind }) => kind === 'outside'))
    return 'SOURCE is no part of the network: a trace starts at a node, in a pod, or behind a node'
  const pairs = to.flatMap((target) =>
    from.flatMap((source) =>
      source.kind !== 'outside' && source.address.family === target.address.family
        ? [{ from: source, to: target }]
        : [],
    ),
  )
  return pairs.length > 0 ? pairs : 'SOURCE and DESTINATION have no family of addresses in common'
}

const numberIn =
  (what: string, least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`${what} is a whole number from ${least} to ${most}.`)
  }
