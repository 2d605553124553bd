// `damask plan`: what each node's kernel would hold, from files alone and without touching any.
import { Command, Option } from 'commander'
import { hint, listNames, type NodeState, type World } from '../model/index.ts'
import type { ClusterMachine } from './cluster-options.ts'
import { planSource, type WorldSource, withWorldSource } from './world-source.ts'

type PlanOptions = WorldSource & {
  readonly node?: string
  readonly output: 'text' | 'json' | 'commands'
  readonly because: boolean
}

export function planCommand(machine: ClusterMachine): Command {
  const { print, printError, setExitCode } = machine.terminal
  return withWorldSource(new Command('plan'))
    .description('show what each node would hold: links, routes, tunnels, packet filter')
    .option('--node <name>', 'this node alone')
    .addOption(
      new Option(
        '-o, --output <format>',
        'text: as `ip`, `wg` and `nft` list it; commands: a shell script that builds it',
      )
        .choices(['text', 'json', 'commands'])
        .default('text'),
    )
    .option('--no-because', 'leave out, in text, which resource and which rule put each entry there')
    .addHelpText(
      'after',
      `
Without --node, JSON is an array of all nodes. A node whose key is not there yet has the key ?name.

Examples:
  $ damask plan examples/four-clouds.yaml --node aws-1
  $ damask plan examples/four-clouds.yaml --node aws-1 -o commands > build.sh   # on aws-1: KEY=private.key sh build.sh
  $ damask plan examples/four-clouds.yaml -o json > plans.json
  # damask plan --kubernetes --node aws-1`,
    )
    .action(async (files: readonly string[], options: PlanOptions) => {
      const planned = await planSource(files, options, machine)
      if (planned === undefined) return
      const { world, plan } = planned
      const names = [...world.nodes.keys()]
      if (options.node !== undefined && !names.includes(options.node)) {
        printError(
          `there is no node ${options.node} in this world; it has ${listNames(names)}${hint(options.node, names)}`,
        )
        setExitCode(2)
        return
      }
      const { planNode } = await import('../planner/index.ts')
      const states = (options.node === undefined ? names : [options.node]).map((name) => planNode(plan, name))
      print(await renderStates(states, world, options))
      setExitCode(0)
    })
}

async function renderStates(
  states: readonly NodeState[],
  world: World,
  { node, output, because }: PlanOptions,
): Promise<string> {
  const { renderCommands, renderJson, renderText } = await import('../render/index.ts')
  if (output === 'json') {
    const data = states.map(renderJson)
    return JSON.stringify(node === undefined ? data : data[0], undefined, 2)
  }
  const commandsOf = (state: NodeState) => {
    const { privateAddresses = [] } = world.nodes.get(state.node) ?? {}
    return renderCommands(state, { privateAddresses: privateAddresses.map(({ address }) => address) })
  }
  const render = output === 'commands' ? commandsOf : (state: NodeState) => renderText(state, { because })
  return states
    .map((state) => (node === undefined ? `## node ${state.node}\n\n${render(state)}` : render(state)))
    .join('\n')
    .trimEnd()
}
