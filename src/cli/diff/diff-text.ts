// What `damask plan --diff` prints: which node changes how, what that means, which sessions break, and whether anything is lost.
import type { ChangeGroup, ChangeStep, PlanDifference } from '../../foresight/index.ts'
import { countOf, formatBecause, listOf } from '../../render/index.ts'
import { type Paint, PLAIN } from '../paint.ts'
import { differenceLines } from './meaning-text.ts'
import { sessionLines } from './session-text.ts'

export type DiffTextOptions = {
  /** What is compared, as it was asked for. */
  readonly old: string
  readonly next: string
  readonly because: boolean
  readonly paint: Paint | undefined
  /** What a reader should know of how it was found out. */
  readonly notes: readonly string[]
}

export function diffText(difference: PlanDifference, options: DiffTextOptions): string {
  const { nodes, comes, goes, changes, meaning, isLost } = difference
  const { paint = PLAIN } = options
  const stays = changes.reduce((sum, group) => sum + group.nodes.length, 0)
  const counts = [
    ...(comes.length > 0 ? [`${countOf(comes.length, 'node')} ${comes.length === 1 ? 'comes' : 'come'}`] : []),
    ...(goes.length > 0 ? [`${countOf(goes.length, 'node')} ${goes.length === 1 ? 'goes' : 'go'}`] : []),
    `${countOf(stays, 'node')} of ${nodes.next} ${stays === 1 ? 'changes' : 'change'}`,
  ]
  const means = differenceLines(meaning.groups, paint)
  const sessions = sessionLines(difference)
  return [
    `from ${options.old} to ${options.next}: ${counts.join(', ')}`,
    changesText(difference, options, paint),
    section(
      `what it means (all ${countOf(meaning.pairs, 'pair')} compared)`,
      means.length === 0 ? ['no pair gains or loses anything'] : means,
    ),
    section('sessions that break', sessions.length === 0 ? ['none'] : sessions.map((line) => paint.warning(line))),
    [
      ...options.notes.map((note) => `note: ${note}`),
      isLost ? paint.bad('something is lost that was there') : paint.good('nothing is lost that was there'),
    ].join('\n'),
  ].join('\n\n')
}

const section = (title: string, lines: readonly string[]): string =>
  [title, ...lines.map((line) => `  ${line}`)].join('\n')

function changesText({ comes, goes, changes }: PlanDifference, { because }: DiffTextOptions, paint: Paint): string {
  const whole = [
    ...comes.map(({ node, entries }) => paint.good(`node ${node} comes, with ${plural(entries)}`)),
    ...goes.map(
      ({ node, entries }) =>
        paint.bad(`node ${node} goes, with ${plural(entries)}`) +
        paint.faint('  # what stands on it goes by: damask node clean'),
    ),
  ]
  const groups = changes.map((group) => groupText(group, because, paint))
  if (whole.length + groups.length === 0) return 'nothing changes on any node'
  const order =
    groups.length > 0
      ? ['what changes (each node makes its changes in this order; between nodes there is none)']
      : ['what changes']
  return [[...order, ...whole.map((line) => `  ${line}`)].join('\n'), ...groups].join('\n')
}

const plural = (entries: number): string =>
  entries === 1 ? '1 entry' : countOf(entries, 'entry').replace(/entrys$/, 'entries')

function groupText({ nodes, summary, steps }: ChangeGroup, because: boolean, paint: Paint): string {
  const title = nodes.length === 1 ? `node ${nodes[0]}` : `${countOf(nodes.length, 'node')} alike`
  const shown = nodes.length === 1 ? [] : [`    on ${listOf(nodes)}; as on ${nodes[0]}:`]
  return [`  ${title}: ${summary}`, ...shown, ...steps.flatMap((step) => stepText(step, because, paint))].join('\n')
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const

function stepText(
  { op, text, was, because: reasons, alike }: ChangeStep,
  because: boolean,
  paint: Paint,
): readonly string[] {
  const colour = { create: paint.good, update: paint.warning, delete: paint.bad }[op]
  const reason = formatBecause(reasons)
  const more = alike === 0 ? '' : ` … and ${alike} alike`
  return [
    `    ${colour(`${SIGNS[op]} ${text}`)}${more}`,
    ...(was === undefined ? [] : [paint.faint(`      was ${was}`)]),
    ...(because && reason !== '' ? [paint.faint(`      # ${op === 'delete' ? 'stood for ' : ''}${reason}`)] : []),
  ]
}
