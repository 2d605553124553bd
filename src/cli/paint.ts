// Words in colour, for terminals of people who want that.
import { styleText } from 'node:util'

export type Paint = {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly warning: (text: string) => string
  readonly faint: (text: string) => string
}

const same = (text: string): string => text

export const PLAIN: Paint = { good: same, bad: same, warning: same, faint: same }

// Whether there is colour is decided once, for each stream, and not again by what styleText thinks of standard output.
const style =
  (format: Parameters<typeof styleText>[0]) =>
  (text: string): string =>
    styleText(format, text, { validateStream: false })

export const COLOURED: Paint = {
  good: style('green'),
  bad: style(['bold', 'red']),
  warning: style('yellow'),
  faint: style('gray'),
}

/** `error`, `warning` and `note` at the beginning of a line or after `file:line:column:`. */
export function paintIssues(text: string, { bad, warning, faint }: Paint): string {
  const paints = { error: bad, warning, note: faint }
  return text.replace(
    /^((?:\S+:\d+:\d+: )?)(error|warning|note)(?=:)/gm,
    (_, place: string, word: keyof typeof paints) => `${place}${paints[word](word)}`,
  )
}
