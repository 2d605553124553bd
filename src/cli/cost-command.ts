// `damask cost`: what traffic crosses between clouds and what that costs, and what another choice would.
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Places } from '../foresight/index.ts'
import { countOf } from '../render/index.ts'
import { costDifferenceText } from './cost/cost-difference-text.ts'
import { readFlows, readInputs } from './cost/cost-inputs.ts'
import { costJson, money } from './cost/cost-json.ts'
import { costText, unitOf } from './cost/cost-text.ts'
import { costedWorld } from './cost/costed-world.ts'
import { planTried, type TriedWorld } from './cost/tried-plan.ts'
import { planFiles } from './file-plan.ts'
import type { Terminal } from './terminal.ts'

type CostOptions = {
  readonly traffic?: string
  readonly prices?: string
  readonly packetSize?: number
  readonly try: readonly string[]
  readonly all: boolean
  readonly output: 'text' | 'json'
}

export function costCommand(terminal: Terminal): Command {
  const { print, printError, setExitCode } = terminal
  return new Command('cost')
    .description('count the bytes between clouds, and what they cost, also if something were otherwise')
    .argument('<file...>', 'files or folders of resources')
    .option(
      '--traffic <file>',
      'who sends how much to whom (.yaml or .csv); without it, 1 GB from every node to every other',
    )
    .option('--prices <file>', 'what a GB costs that leaves or enters a cloud; without it, nothing')
    .option('--packet-size <bytes>', 'count what encapsulations add to packets of this size', parsePacketSize)
    .option('--try <change>', 'beside it, the cost with this change, or of these other files (repeatable)', collect, [])
    .option('--all', 'every pair, however many', false)
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
A place is the cloud that a Lab says a node stands in, else its site. Traffic: a list of { from, to, bytes }, or lines of
from,to,bytes, where an end is a node, a site, a prefix, or outside; bytes are those of IP packets as pods send them, by IPv4 where
both ends have it. They go as \`damask trace\` shows; several next hops share evenly; what does not arrive is lost, and counted up
to there. The networks below are those of the Lab, else guessed from sites and endpoints; a change leaves them as they are. Prices
are decimal numbers, for 10^9 bytes, or 2^30 with unit: GiB:

  currency: USD
  usual: { egress: 0.09 }                # also: ingress, inside; what is left out is 0
  places: { aws: { egress: 0.09, inside: 0.01 } }
  pairs: [{ from: aws, to: gcp, price: 0.05 }]

Changes: gateway=SITE:NODE[,NODE]  fabric=SITE:KIND  sites=each-node  sites=one  sites=by-field  sites=by-label:LABEL

Examples:
  $ damask cost examples/four-clouds.yaml
  $ damask cost examples/four-clouds.yaml --packet-size 1400 --try gateway=aws:aws-1,aws-2 --try sites=each-node
  # damask cost world/ --traffic matrix.csv --prices prices.yaml --try other-world/`,
    )
    .action(async (files: readonly string[], options: CostOptions) => {
      const planned = await planFiles(files, terminal)
      const inputs = planned && (await readInputs(options, terminal))
      if (planned === undefined || inputs === undefined) return
      const { costOf } = await import('../foresight/index.ts')
      const { prices, rows } = inputs
      const { packetSize } = options
      const tooLarge = packetSize !== undefined && packetSize > planned.plan.mtus.podBytes
      if (tooLarge) {
        printError(
          `--packet-size is ${packetSize}; a pod's packet has at most ${planned.plan.mtus.podBytes} bytes in this network`,
        )
        setExitCode(2)
        return
      }
      const count = async (world: TriedWorld, before?: Places) => {
        const costed = await costedWorld(world, packetSize, before)
        const flows = await readFlows(costed, prices, rows, terminal)
        return flows && { ...costed, report: costOf({ ...costed, flows, prices }) }
      }
      const now = await count(planned)
      if (now === undefined) return

      const tried = []
      for (const change of options.try) {
        const other = await planTried(change, planned, terminal)
        const counted = other && (await count(other, now.places))
        if (counted === undefined) return
        tried.push({ change, ...counted })
      }
      if (options.output === 'json') {
        const { minus } = await import('../foresight/index.ts')
        const data = tried.map(({ change, report, ways }) => ({
          change,
          difference: money(minus(report.cost, now.report.cost)),
          ...costJson(report, prices, ways),
        }))
        print(JSON.stringify({ ...costJson(now.report, prices, now.ways), tried: data }, undefined, 2))
      } else {
        const what =
          rows === undefined
            ? `1 ${unitOf(prices)} from every node to every other`
            : `${countOf(rows.length, 'row')} of ${options.traffic}`
        const notes = [
          ...now.notes,
          ...tried.flatMap(({ change, notes: others }) =>
            others
              .filter((note) => !now.notes.includes(note))
              .map((note) => note.replace('note:', `note: with ${change},`)),
          ),
          ...(options.prices === undefined ? ['note: no prices, so that all costs are 0; see --prices'] : []),
          ...(packetSize === undefined ? ['note: what encapsulations add is not counted; see --packet-size'] : []),
        ]
        print(
          [
            `network ${planned.plan.network.name}, ${countOf(planned.plan.nodes.size, 'node')}: ${what}`,
            costText(now.report, prices, now.ways, options),
            ...tried.map(({ change, report, ways }) =>
              costDifferenceText(change, now.report, report, prices, ways, options),
            ),
            ...(notes.length > 0 ? [notes.join('\n')] : []),
          ].join('\n\n'),
        )
      }
      setExitCode(0)
    })
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

function parsePacketSize(text: string): number {
  const size = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (size >= 20 && size <= 65535) return size
  throw new InvalidArgumentError('write the bytes of an IP packet, from 20 to 65535')
}
