// `damask plan`: what each node's kernel would hold, from files alone and without touching any.
import { setImmediate } from 'node:timers/promises'
import { Command, Option } from 'commander'
import { hint, listNames, type NodeState, type World } from '../model/index.ts'
import type { ClusterMachine } from './cluster-options.ts'
import type { Terminal } from './terminal.ts'
import { planSource, type WorldSource, withWorldSource } from './world-source.ts'

type PlanOptions = WorldSource & {
  readonly node?: string
  readonly output: 'text' | 'json' | 'commands'
  readonly because: boolean
  readonly diff: readonly string[]
  readonly lab?: string
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
    .option(
      '--diff <file>',
      'what changes from these files (repeatable) to the others, and what it means; running: from what kernels hold',
      collect,
      [],
    )
    .option(
      '--lab <name>',
      'with --diff running: the lab whose kernels are read; may be left out where one alone is up',
    )
    .addHelpText(
      'after',
      `
Without --node, JSON is an array of all nodes. A node whose key is not there yet has the key ?name.

--diff tells, for nodes that change alike once, which entries come, change and go, in the order of the node's agent, and because
of what; which pairs of pods, hosts and the outside gain or lose reach, encryption, packet size or a public hop, as packets walk
through both plans; and which sessions break. "running" is the lab that is up, or with --node and without --lab this machine's
kernel (root). Keys and slots that agents and the controller wrote in one of the worlds hold in both. The networks below each side
are those of its Lab, else they are guessed, so that a closed port or a smaller MTU of a Lab's cloud shows too.

A pair loses encryption where it crosses a public network in the clear that it did not, or a private one that it crossed encrypted.

Exit code with --diff: 0, nothing is lost; 1, reach or encryption is lost that was there; 2, the input is wrong.

Examples:
  $ damask plan examples/four-clouds.yaml --node aws-1
  $ sed 's/kind: vxlan/kind: wireguard/' examples/one-site-vxlan.yaml > after.yaml
  $ damask plan --diff examples/one-site-vxlan.yaml after.yaml
  $ damask plan examples/four-clouds.yaml --node aws-1 -o commands > build.sh   # on aws-1: KEY=private.key sh build.sh
  $ damask plan examples/four-clouds.yaml -o json > plans.json
  # damask plan --kubernetes --node aws-1
  # damask plan --diff running examples/four-clouds.yaml     # a lab that is up
  # damask plan --diff running /etc/damask --node n2         # this machine, which is n2`,
    )
    .action(async (files: readonly string[], options: PlanOptions) => {
      const refusal = refuseDiff(options)
      if (refusal !== undefined) {
        printError(refusal)
        setExitCode(2)
        return
      }
      const planned = await planSource(files, options, machine)
      if (planned === undefined) return
      if (options.diff.length > 0 && options.output !== 'commands') {
        const { printPlanDiff } = await import('./diff/plan-diff.ts')
        const name = options.kubernetes ? 'the cluster' : files.join(', ')
        return printPlanDiff(planned, name, { ...options, output: options.output }, machine)
      }
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
      const render = await rendering(world, options)
      if (options.node !== undefined) print(render(planNode(plan, options.node)).trimEnd())
      else await printAll(names, (name) => render(planNode(plan, name)), options.output, machine.terminal)
      setExitCode(0)
    })
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

function refuseDiff({ diff, lab, output }: PlanOptions): string | undefined {
  const isRunning = diff.includes('running')
  if (lab !== undefined && !isRunning) return '--lab says whose kernels are compared: it goes with --diff running'
  if (isRunning && diff.length > 1)
    return '--diff running stands alone: what runs is the whole older side (a file of this name is ./running)'
  return diff.length > 0 && output === 'commands'
    ? '--diff says what changes, and is no script: leave out -o commands'
    : undefined
}

async function rendering(world: World, { output, because }: PlanOptions): Promise<(state: NodeState) => string> {
  const { renderCommands, renderJson, renderText } = await import('../render/index.ts')
  if (output === 'json') return (state) => JSON.stringify(renderJson(state), undefined, 2)
  if (output === 'text') return (state) => renderText(state, { because })
  return (state) => {
    const { privateAddresses = [] } = world.nodes.get(state.node) ?? {}
    return renderCommands(state, { privateAddresses: privateAddresses.map(({ address }) => address) })
  }
}

/** One after the other, for as long as somebody reads: thousands of nodes at once are more than memory holds. */
async function printAll(
  names: readonly string[],
  render: (name: string) => string,
  output: PlanOptions['output'],
  { print, isRead = () => true }: Terminal,
): Promise<void> {
  if (output === 'json') print('[')
  for (const [nth, name] of names.entries()) {
    await setImmediate()
    if (!isRead()) return
    const isLast = nth === names.length - 1
    const text = render(name)
    if (output === 'json') print(`  ${text.replaceAll('\n', '\n  ')}${isLast ? '' : ','}`)
    else print(isLast ? `## node ${name}\n\n${text}`.trimEnd() : `## node ${name}\n\n${text}`)
  }
  if (output === 'json') print(']')
}
