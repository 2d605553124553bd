// The lines of a file, sorted as wg-quick sorts them: into its own settings, and into what it hands to `wg`.
import type { Place } from './place.ts'

export type ConfigLine = {
  /** A header; a setting of wg-quick, with its value as it stands; or a line of `wg`, which knows no blanks. */
  readonly kind: 'header' | 'quick' | 'wg'
  /** As written; of `wg` without blanks. */
  readonly key: string
  readonly value: string
  readonly hasValue: boolean
  /** Of the key, and of the value. */
  readonly place: Place
  readonly valuePlace: Place
  /** Columns of the value's characters. */
  readonly columns: readonly number[]
}

/** wg-quick takes these in `[Interface]`, in any case (linux.bash, parse_options). */
export const QUICK_KEYS = ['Address', 'MTU', 'DNS', 'Table', 'PreUp', 'PreDown', 'PostUp', 'PostDown', 'SaveConfig']
const HOOKS = ['preup', 'predown', 'postup', 'postdown']

// What C calls a blank. Others, such as the no-break space of a web page, are characters to wg, which then knows no such line.
const NO_BLANK = /[^ \t\v\f\r]/
const trimBlanks = (text: string): string => text.replace(/^[ \t\v\f\r]+|[ \t\v\f\r]+$/g, '')

export function readLines(file: string, text: string): readonly ConfigLine[] {
  const lines: ConfigLine[] = []
  let isInterface = false
  for (const [index, raw] of text.split('\n').entries()) {
    const hash = raw.indexOf('#')
    const stripped = hash < 0 ? raw : raw.slice(0, hash)
    if (trimBlanks(stripped) === '') continue
    const line = readLine(file, index + 1, raw, stripped, isInterface)
    // wg-quick knows its section by the exact word; wg also without the blanks in it.
    if (trimBlanks(stripped).startsWith('[')) isInterface = trimBlanks(stripped).toLowerCase() === '[interface]'
    lines.push(line)
  }
  return lines
}

function readLine(file: string, line: number, raw: string, stripped: string, isInterface: boolean): ConfigLine {
  const equals = stripped.indexOf('=')
  const keyText = equals < 0 ? stripped : stripped.slice(0, equals)
  const key = trimBlanks(keyText)
  const start = stripped.search(NO_BLANK)
  const isQuick = isInterface && QUICK_KEYS.some((known) => known.toLowerCase() === key.toLowerCase())
  const whole = isQuick && HOOKS.includes(key.toLowerCase()) ? raw : stripped
  const columns = columnsOf(whole, equals < 0 ? whole.length : equals + 1, isQuick)
  const value = columns.map((column) => whole[column - 1]).join('')
  return {
    kind: key.startsWith('[') ? 'header' : isQuick ? 'quick' : 'wg',
    key: isQuick ? key : key.replace(/[ \t\v\f\r]/g, ''),
    value,
    hasValue: equals >= 0,
    place: { file, line, column: start + 1 },
    valuePlace: { file, line, column: columns[0] ?? start + 1 },
    columns,
  }
}

/** Columns of the characters that count: of `wg` all but blanks, of wg-quick all but those at both ends. */
function columnsOf(text: string, from: number, isQuick: boolean): readonly number[] {
  const columns: number[] = []
  const end = text.replace(/[ \t\v\f\r]+$/, '').length
  for (let index = from; index < end; index++) {
    const isBlank = !NO_BLANK.test(text[index] ?? '')
    if (!isBlank || (isQuick && columns.length > 0)) columns.push(index + 1)
  }
  return columns
}

/** The parts between separators, each with the column of its first character. */
export function splitValue(line: ConfigLine, separator: RegExp): readonly { text: string; place: Place }[] {
  let offset = 0
  return line.value.split(separator).map((text) => {
    const at = line.value.indexOf(text, offset)
    offset = at + text.length
    return { text, place: { ...line.place, column: line.columns[at] ?? line.columns.at(-1) ?? line.place.column } }
  })
}
