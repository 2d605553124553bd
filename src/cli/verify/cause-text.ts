// One cause as a paragraph: what it stops and how many pairs, whom, one example with its entry and resource, and how to look closer.
import { formatAddress } from '../../model/index.ts'
import { formatBecause, renderEntry } from '../../render/index.ts'
import type { PairClass, Proof, Trace, Verdict } from '../../verifier/index.ts'
import { reasonOf } from './class-causes.ts'
import type { Covered } from './cover.ts'
import { endsText, sidesText, type ToldProof } from './sides.ts'

export type CauseTextOptions = {
  readonly told: ToldProof
  /** `error: 12 pairs are lost`, without what they are put down to. */
  readonly head: string
  /** What would be written after `damask trace SRC DST`: the files. */
  readonly source: string
  /** What was walked in place of the example: a larger packet. */
  readonly walked?: Trace
}

export function causeText(
  { cause, items }: Covered<PairClass>,
  { told, head, source, walked }: CauseTextOptions,
): string {
  const [example] = items
  if (example === undefined) return ''
  const sides = sidesText(told, items)
  const size = walked === undefined ? '' : ` --size ${walked.probe.sizeBytes}`
  const verdicts = verdictLines(walked ?? example.outcome, cause.text)
  const alike = alikeText(told.proof, [cause.text, ...verdicts].join(' '))
  return [
    `${head}: ${cause.text}`,
    ...sides.map((side, nth) => `    ${side}${nth === sides.length - 1 ? `; ${endsText(items)}` : ''}`),
    ...verdicts.map((line) => `    ${line}`),
    ...(alike === undefined ? [] : [`    ${alike}`]),
    `    see: damask trace ${endWord(example, 'from')} ${endWord(example, 'to')}${size} ${source}`,
  ].join('\n')
}

const endWord = ({ fromEnd, toEnd }: PairClass, which: 'from' | 'to'): string => {
  const { probe, address } = which === 'from' ? fromEnd : toEnd
  return which === 'from' && probe.kind === 'host' ? probe.node : formatAddress(address)
}

function verdictLines({ verdict, direction }: Pick<Trace, 'verdict' | 'direction'>, said: string): readonly string[] {
  if (verdict.kind === 'delivered') return []
  const what = direction === 'back' ? 'the answer, ' : ''
  const head = `for one, ${what}at ${verdict.node}: ${reasonOf(verdict)}`
  const isSaid = said === reasonOf(verdict) || said === `${verdict.node}: ${reasonOf(verdict)}`
  return [...(isSaid ? [`for one, ${what}at ${verdict.node}`] : [head]), ...entryLines(verdict)]
}

function entryLines(verdict: Verdict): readonly string[] {
  if (!('entry' in verdict) || verdict.entry === undefined) return []
  const { entry } = verdict
  const text = entry.kind === 'filter-table' ? `filter ${entry.name}` : renderEntry(entry, new Map())
  return [`by ${text}`, ...(entry.because.length > 0 ? [`because ${formatBecause(entry.because)}`] : [])]
}

/** Names of the example that stand for others: machines of one kind fare alike, and one of them was walked. */
function alikeText({ names, kinds, networks, networkOf }: Proof, text: string): string | undefined {
  const words = new Set(text.split(/[\s,;:]+/))
  const nodes = kinds.flatMap(({ machines }) => {
    const named = machines.find((machine) => words.has(names[machine] ?? ''))
    return named === undefined || machines.length === 1 ? [] : [`${names[named]} for ${machines.length} nodes`]
  })
  const places = kinds.flatMap(({ groups }) => {
    const named = groups.map(([first = -1]) => networks[networkOf[first] ?? -1] ?? '').find((name) => words.has(name))
    return named === undefined || groups.length === 1 ? [] : [`${named} for ${groups.length} networks`]
  })
  const all = [...new Set([...places, ...nodes])].slice(0, 3)
  return all.length === 0 ? undefined : `(of those that are alike one is named: ${all.join(', ')})`
}
