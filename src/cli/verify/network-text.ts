// A proof as people read it: what is lost, cause by cause, by which entry of which node and because of what; then what holds for everybody.
import { countOf } from '../../render/index.ts'
import { type CompiledNetwork, type PairClass, type Proof, type Trace, traceProbe } from '../../verifier/index.ts'
import { type Paint, PLAIN, paintIssues } from '../paint.ts'
import { causeText } from './cause-text.ts'
import { causesOfBareness, causesOfLoss, causesOfSilence } from './class-causes.ts'
import { type Candidate, type Covered, coverByCauses } from './cover.ts'
import { outsideText, warningsText } from './remarks.ts'
import type { ToldProof } from './sides.ts'

/** Classes of pairs that should arrive and do not, or are in the clear. What is outside is nobody's promise, save in the clear. */
export const problemsIn = ({ pairClasses }: Proof): readonly PairClass[] =>
  pairClasses.filter(({ to, outcome }) => outcome.isBare || (to !== undefined && outcome.verdict.kind !== 'delivered'))

export type NetworkTextOptions = ToldProof & {
  /** Walks the examples of what is in the clear, or too large, once more. */
  readonly network: CompiledNetwork
  /** What `damask trace` has to be told to see the same: files, or --kubernetes. */
  readonly source: string
  readonly paint: Paint | undefined
}

export function networkText(options: NetworkTextOptions): string {
  const { proof, paint = PLAIN } = options
  const problems = problemsIn(proof)
  const isProblem = new Set(problems)
  const arriving = proof.pairClasses.filter((one) => !isProblem.has(one) && one.to !== undefined)
  const causes = problemCauses(options, problems)
  const lost = pairsIn(problems)
  const found = `${lost.toLocaleString('en')} ${lost === 1 ? 'is' : 'are'} lost or in the clear, from ${countOf(causes.length, 'cause')}`
  const lines = [
    ...shortened(causes, (cause) => causeText(cause, { ...options, told: options, head: headOf(cause) })),
    ...outsideText(options),
    ...sizesText(options, arriving),
    ...warningsText(proof, arriving),
    `${countOf(proof.names.length, 'node')}, ${proof.pairs.toLocaleString('en')} pairs of pods, machines and what is outside: ${
      lost === 0 ? 'all that should arrive does, and back' : found
    }; nothing else crosses a public network unencrypted`,
  ]
  return paintIssues(lines.join('\n'), paint)
}

const pairsIn = (classes: readonly PairClass[]): number => classes.reduce((sum, { pairs }) => sum + pairs, 0)
const weightOf = ({ pairs }: PairClass): number => pairs

/** What happens to them is part of the cause: one paragraph says one thing. */
function problemCauses({ network }: NetworkTextOptions, problems: readonly PairClass[]): readonly Covered<PairClass>[] {
  const byKind = [...Map.groupBy(problems, ({ outcome }) => outcome.verdict.kind).values()]
  return byKind
    .flatMap((alike) => coverByCauses(alike, (one) => candidatesOf(network, one), weightOf))
    .sort((a, b) => b.weight - a.weight)
}

const candidatesOf = (network: CompiledNetwork, one: PairClass): readonly Candidate[] => [
  ...causesOfLoss(one),
  ...(one.outcome.isBare && ['delivered', 'leaked'].includes(one.outcome.verdict.kind)
    ? causesOfBareness(traceProbe(network, one.probe))
    : []),
]

function headOf({ items, weight }: Covered<PairClass>): string {
  const pairs = `error: ${countOf(weight, 'pair')}`
  const [are, cross] = weight === 1 ? ['is', 'crosses'] : ['are', 'cross']
  switch (items[0]?.outcome.verdict.kind) {
    case 'delivered':
      return `${pairs} ${cross} a public network unencrypted`
    case 'leaked':
      return `${pairs} would cross a public network unencrypted`
    case 'looped':
      return `${pairs} ${are} sent round in a loop`
    case 'too-big':
      return `${pairs} ${are} refused as too big`
    default:
      return `${pairs} ${are} lost${items.every(({ outcome }) => outcome.direction === 'back') ? ' on the way back' : ''}`
  }
}

const MOST_PARAGRAPHS = 20

function shortened(
  causes: readonly Covered<PairClass>[],
  textOf: (cause: Covered<PairClass>) => string,
): readonly string[] {
  const rest = causes.slice(MOST_PARAGRAPHS)
  const pairs = rest.reduce((sum, { weight }) => sum + weight, 0)
  const more = `error: ${countOf(pairs, 'more pair')}, of ${countOf(rest.length, 'cause')} that concern fewer; -o json has all`
  return [...causes.slice(0, MOST_PARAGRAPHS).map(textOf), ...(rest.length === 0 ? [] : [more])]
}

const walkedLarger = ({ network }: NetworkTextOptions, { probe, outcome: { lostAboveBytes } }: PairClass): Trace =>
  traceProbe(network, { ...probe, sizeBytes: lostAboveBytes + 1 })

/** Who is lost above its own size is walked with a larger packet: often somebody is told before. */
function sizesText(options: NetworkTextOptions, arriving: readonly PairClass[]): readonly string[] {
  const least = arriving.reduce((most, { outcome }) => Math.min(most, outcome.mtuBytes), Number.POSITIVE_INFINITY)
  const silent = arriving.filter(({ outcome }) => Number.isFinite(outcome.lostAboveBytes))
  const causes = coverByCauses(silent, (one) => causesOfSilence(walkedLarger(options, one)), weightOf)
  const textOf = (cause: Covered<PairClass>): string => {
    const sizes = new Set(cause.items.map(({ outcome }) => outcome.lostAboveBytes))
    const most = [...sizes].sort((a, b) => a - b).join(', ')
    const lose = cause.weight === 1 ? 'loses' : 'lose'
    const head = `warning: ${countOf(cause.weight, 'pair')} ${lose} packets of more than ${most} bytes, and nobody is told`
    const [example] = cause.items
    return causeText(cause, {
      ...options,
      told: options,
      head,
      ...(example && { walked: walkedLarger(options, example) }),
    })
  }
  return [
    ...(Number.isFinite(least) ? [`packets of ${least} bytes pass everywhere unsplit`] : []),
    ...shortened(causes, textOf),
  ]
}
