// `damask graph`: a picture of the network, for the terminal or as an image.
import { Command, Option } from 'commander'
import { planFiles } from './file-plan.ts'
import type { Terminal } from './terminal.ts'

type GraphOptions = { readonly output: 'text' | 'svg' | 'dot' }

export function graphCommand(terminal: Terminal): Command {
  const { print, setExitCode } = terminal
  return new Command('graph')
    .description('draw the network: sites, their nodes and the tunnels between them')
    .argument('<file...>', 'files or folders of resources')
    .addOption(
      new Option('-o, --output <format>', 'how to draw; dot is what Graphviz reads')
        .choices(['text', 'svg', 'dot'])
        .default('text'),
    )
    .addHelpText('after', '\nExample:\n  $ damask graph world.yaml -o svg > network.svg')
    .action(async (files: readonly string[], { output }: GraphOptions) => {
      const planned = await planFiles(files, terminal)
      if (planned === undefined) return
      const { topologyOf } = await import('../planner/index.ts')
      const { renderGraphDot, renderGraphText } = await import('../render/index.ts')
      const topology = topologyOf(planned.plan)
      if (output === 'text') print(renderGraphText(topology).trimEnd())
      else print(output === 'svg' ? await layOut(renderGraphDot(topology)) : renderGraphDot(topology).trimEnd())
      setExitCode(0)
    })
}

async function layOut(dot: string): Promise<string> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz')
  const graphviz = await Graphviz.load()
  // Graphviz measures one font and names it alone; whoever has not got it should see one of the same width.
  return graphviz
    .layout(dot, 'svg', 'dot')
    .replaceAll('font-family="Verdana"', 'font-family="Verdana,DejaVu Sans,sans-serif"')
    .trimEnd()
}
