// `damask explain`: what a thing of the network is, who owns it, and on which nodes it stands for which reason.
import { Command, Option } from 'commander'
import { hint, listNames } from '../model/index.ts'
import type { ClusterMachine } from './cluster-options.ts'
import { placeExplanation } from './explain-places.ts'
import { explanationText } from './explain-text.ts'
import { planSource, type WorldSource, withWorldSource } from './world-source.ts'

type ExplainOptions = WorldSource & { readonly node?: string; readonly output: 'text' | 'json' }

export function explainCommand(machine: ClusterMachine): Command {
  const { print, printError, setExitCode, paint } = machine.terminal
  return withWorldSource(
    new Command('explain').argument(
      '<what>',
      'an address, a prefix, a name, a key, a number; or `node NAME`, `table 218`',
    ),
  )
    .description('say what an address, a name, a key or a number is, who owns it and where it stands')
    .option('--node <name>', 'where it stands on this node alone')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
What can be asked for: a prefix or an address (also one outside), a node, a site, the network, an interface, a public key, a
route (\`10.42.1.0/24 table 218\`), a mark, the number of a table, a rule, a port or a next hop. A kind before it settles which
is meant: \`port 51820\`, \`site aws\`.

Exit code 2: nothing of the network is called so.

Examples:
  $ damask explain 10.42.4.17 examples/four-clouds.yaml
  $ damask explain 'site aws' examples/four-clouds.yaml --node gcp-1
  $ damask explain 51820 examples/two-gateways.yaml -o json
  # damask explain 10.42.4.17 --kubernetes`,
    )
    .action(async (what: string, files: readonly string[], { node, output, ...source }: ExplainOptions) => {
      const planned = await planSource(files, source, machine)
      if (planned === undefined) return
      const { plan, world, placeOf } = planned
      const names = [...world.nodes.keys()]
      if (node !== undefined && !world.nodes.has(node)) {
        printError(`there is no node ${node} in this world; it has ${listNames(names)}${hint(node, names)}`)
        setExitCode(2)
        return
      }
      const [{ planNode }, { explain }] = await Promise.all([
        import('../planner/index.ts'),
        import('../foresight/index.ts'),
      ])
      const states = (node === undefined ? names : [node]).map((name) => planNode(plan, name))
      const explanation = explain(plan, what, states)
      if (explanation.kind === 'unknown') {
        const { asked, lookedThrough, nearest } = explanation
        const meant = nearest === undefined ? '' : `; did you mean "${nearest}"?`
        printError(`nothing of the network is "${asked}"; looked through ${lookedThrough.join(', ')}${meant}`)
        setExitCode(2)
        return
      }
      const placed = await placeExplanation(explanation, placeOf)
      print(
        output === 'json'
          ? JSON.stringify(placed, undefined, 2)
          : explanationText(placed, { nodes: states.length, paint }),
      )
      setExitCode(0)
    })
}
