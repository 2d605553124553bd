// What `damask explain` prints: what it is, the facts with their places, then where it stands.
import { countOf, formatBecause } from '../render/index.ts'
import type { PlacedExplanation, PlacedFact, PlacedMeaning } from './explain-places.ts'
import { type Paint, PLAIN } from './paint.ts'

type TextOptions = {
  /** How many nodes were looked at. */
  readonly nodes: number
  readonly paint: Paint | undefined
}

/** A longer list of entries on the same nodes is cut. */
const ENTRIES_SHOWN = 12
/** A longer list of nodes is told by its first and last. */
const NAMES_SHOWN = 4

export const explanationText = (
  { asked, meanings }: PlacedExplanation,
  { nodes, paint = PLAIN }: TextOptions,
): string => meanings.map((meaning) => meaningText(asked, meaning, nodes, paint)).join('\n\n')

function meaningText(asked: string, { is, facts, appearances }: PlacedMeaning, nodes: number, paint: Paint): string {
  const lines = [`${asked} is ${is}`, ...factLines(facts, paint)]
  if (appearances.length === 0) lines.push('', nodes === 1 ? 'it is not on this node' : 'it is on no node')
  for (const { nodes: names, entries } of appearances) {
    lines.push('', `on ${countOf(names.length, 'node')}: ${namesText(names)}`)
    for (const { text, because, alike } of entries.slice(0, ENTRIES_SHOWN)) {
      lines.push(`  ${text}${alike > 0 ? ` … and ${alike} alike, of other names` : ''}`)
      lines.push(paint.faint(`    # ${formatBecause(because)}`))
    }
    if (entries.length > ENTRIES_SHOWN)
      lines.push(`  and ${countOf(entries.length - ENTRIES_SHOWN, 'more entry').replace(/entrys$/, 'entries')}`)
  }
  return lines.join('\n')
}

function factLines(facts: readonly PlacedFact[], paint: Paint): readonly string[] {
  const width = facts.reduce((widest, { label }) => Math.max(widest, label.length), 0)
  return facts.map(({ label, text, resource, field, place }) => {
    const from = [resource, field].filter((part) => part !== undefined).join(' ')
    const source = [place, from].filter((part) => part !== undefined && part !== '').join(' ')
    return `  ${label.padEnd(width)}  ${text}${source === '' ? '' : paint.faint(`  # ${source}`)}`
  })
}

const namesText = (names: readonly string[]): string =>
  names.length <= NAMES_SHOWN ? names.join(', ') : `${names.slice(0, NAMES_SHOWN - 1).join(', ')} … ${names.at(-1)}`
