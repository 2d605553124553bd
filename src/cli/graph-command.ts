// `damask graph`: a picture of the network, for the terminal, a document or an image.
import { Command, Option } from 'commander'
import type { GraphOptions, Topology } from '../render/index.ts'
import type { ClusterMachine } from './cluster-options.ts'
import { planSource, type WorldSource, withWorldSource } from './world-source.ts'

const FORMATS = ['text', 'dot', 'mermaid', 'json', 'svg'] as const

type GraphCommandOptions = WorldSource & { readonly output: (typeof FORMATS)[number]; readonly all: boolean }

export function graphCommand(machine: ClusterMachine): Command {
  const { print, setExitCode } = machine.terminal
  return withWorldSource(new Command('graph'))
    .description('draw the network: sites, their nodes and the tunnels between them')
    .addOption(
      new Option(
        '-o, --output <format>',
        'how to draw; dot is what Graphviz reads, mermaid what documents on GitHub show',
      )
        .choices(FORMATS)
        .default('text'),
    )
    .option('--all', 'every node, and in pictures every address and every pair of sites, however many', false)
    .addHelpText(
      'after',
      `
In a large network, sites only count their members; pictures say in words that every site reaches every other, instead of
drawing each tunnel. JSON always holds everything.

Examples:
  $ damask graph examples/four-clouds.yaml
  $ damask graph examples/four-clouds.yaml -o svg > network.svg
  $ damask graph examples/four-clouds.yaml -o mermaid    # for a document: between \`\`\`mermaid and \`\`\`
  # damask graph --kubernetes --context production`,
    )
    .action(async (files: readonly string[], { output, all, ...source }: GraphCommandOptions) => {
      const planned = await planSource(files, source, machine)
      if (planned === undefined) return
      const { topologyOf } = await import('../planner/index.ts')
      print((await draw(topologyOf(planned.plan), output, { all })).trimEnd())
      setExitCode(0)
    })
}

async function draw(topology: Topology, format: GraphCommandOptions['output'], options: GraphOptions): Promise<string> {
  const { finishGraphSvg, renderGraphDot, renderGraphMermaid, renderGraphText } = await import('../render/index.ts')
  switch (format) {
    case 'text':
      return renderGraphText(topology, options)
    case 'dot':
      return renderGraphDot(topology, options)
    case 'mermaid':
      return renderGraphMermaid(topology, options)
    case 'json':
      return JSON.stringify(topology, undefined, 2)
    case 'svg': {
      const { Graphviz } = await import('@hpcc-js/wasm-graphviz')
      const graphviz = await Graphviz.load()
      return finishGraphSvg(graphviz.layout(renderGraphDot(topology, options), 'svg', 'dot'))
    }
  }
}
