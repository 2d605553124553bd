// `damask trace`: the way of a packet through the plans of a world, hop by hop, before any of it is applied.
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Probe } from '../verifier/index.ts'
import type { ClusterMachine } from './cluster-options.ts'
import type { PlannedWorld } from './planned-world.ts'
import type { Terminal } from './terminal.ts'
import { type FoundEnd, findEnds } from './trace-ends.ts'
import type { TraceScene } from './trace-scene.ts'
import { planSource, type WorldSource, withWorldSource } from './world-source.ts'

type TraceOptions = WorldSource & {
  readonly protocol?: Probe['protocol']
  readonly port?: number
  readonly size?: number
  readonly family?: '4' | '6'
  readonly live?: true
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
    .option('--live', 'through the kernels of the lab that is up too, and where they are not as planned (root)')
    .addOption(new Option('-o, --output <format>', 'how to say it').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Every next hop of a group is followed, and the answer is too. The networks below (NAT, what is let in, MTU) are those of the Lab
where there is one among the resources; else they are guessed from endpoints and sites, and nothing is refused there that could be
let through. Exit code 1: it does not arrive, or not by every way, or its answer does not.

--live takes the lab of this name that is up (damask lab up), reads what is ours in the kernels of its nodes, and walks the packet
through the files' plan and through that: it names the first hop where they differ, with the entry that is missing, another, or too
much. Routes, rules and filters of others are not read, so what they stop is not seen; nor is who was declared dead by hand. Exit
code 1: it does not arrive on the machines, or not as planned.

Examples:
  $ damask trace pod@aws-2 pod@home-1 examples/four-clouds.yaml
  $ damask trace aws-1 10.42.5.7 examples/four-clouds.yaml --port 443
  $ damask trace pod@gcp-2 outside examples/four-clouds.yaml --family 4 -o json
  # damask trace aws-2-a home-1-a examples/four-clouds.yaml --live`,
    )
    .action(async (from: string, to: string, files: readonly string[], options: TraceOptions) => {
      const planned = await planSource(files, options, machine)
      if (planned === undefined) return
      if (options.protocol === 'icmp' && options.port !== undefined)
        return refuse('ICMP has no ports: leave out --port or --protocol icmp')
      const scene = await sceneOf(planned, files, options, machine.terminal)
      if (scene === undefined) return
      for (const note of scene.notes) printError(note)
      const fromEnds = findEnds(from, scene)
      const sites = new Set(typeof fromEnds === 'string' ? [] : fromEnds.map((end) => siteOf(planned, end)))
      const isNear = (node: string): boolean => sites.has(planned.plan.nodes.get(node)?.siteName)
      const toEnds = findEnds(to, { ...scene, isNear })
      for (const found of [fromEnds, toEnds]) if (typeof found === 'string') return refuse(found)
      const isWanted = ({ address }: FoundEnd): boolean =>
        options.family === undefined || address.family === Number(options.family)
      const pairs = pairsOf(
        (fromEnds as readonly FoundEnd[]).filter(isWanted),
        (toEnds as readonly FoundEnd[]).filter(isWanted),
      )
      if (typeof pairs === 'string') return refuse(pairs.replace('SOURCE', from).replace('DESTINATION', to))
      const traces = pairs.map((pair) => scene.trace({ ...pair, ...payloadOf(options) }))
      if (options.output === 'json')
        print(
          JSON.stringify(
            traces.map(({ json }) => json()),
            undefined,
            2,
          ),
        )
      else print(traces.map(({ text }) => text()).join('\n\n'))
      setExitCode(traces.every(({ isGood }) => isGood) ? 0 : 1)
    })
}

/** Undefined, with an exit code, where the lab cannot be read. */
async function sceneOf(
  planned: PlannedWorld,
  files: readonly string[],
  { live }: TraceOptions,
  { printError, setExitCode }: Terminal,
): Promise<TraceScene | undefined> {
  if (!live) {
    const { plannedScene } = await import('./trace-scene.ts')
    return plannedScene(planned)
  }
  const [{ liveScene }, { isWrongInput }] = await Promise.all([
    import('./live/live-scene.ts'),
    import('../lab/index.ts'),
  ])
  try {
    return await liveScene(planned, files)
  } catch (error) {
    printError(error instanceof Error ? error.message : String(error))
    setExitCode(isWrongInput(error) ? 2 : 1)
    return undefined
  }
}

const siteOf = ({ plan }: PlannedWorld, end: FoundEnd): string | undefined =>
  'node' in end ? plan.nodes.get(end.node)?.siteName : undefined

const payloadOf = ({ protocol, port, size }: TraceOptions): Pick<Probe, 'protocol' | 'port' | 'sizeBytes'> => ({
  protocol: protocol ?? (port === undefined ? 'icmp' : 'tcp'),
  ...(port !== undefined && { port }),
  ...(size !== undefined && { sizeBytes: size }),
})

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
