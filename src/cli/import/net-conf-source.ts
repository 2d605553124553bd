// Where a net-conf.json stands: a file of its own, or a ConfigMap as flannel's manifest has it. What is wrong in it is shown at
// its place in the file that a person edits.
import { isMap, isScalar, LineCounter, parseAllDocuments, type Scalar, type YAMLMap } from 'yaml'

export type NetConfSource = {
  readonly text: string
  /** Of an offset in the text. */
  readonly placeOf: (offset: number) => Place
}

export type Place = {
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number
  /** The whole line, of the file. */
  readonly lineText: string
}

export const NET_CONF = 'net-conf.json'

/** The text itself unless it is YAML, or JSON, of a ConfigMap; undefined of one without it. */
export function openNetConf(fileText: string): NetConfSource | undefined {
  const lines = fileText.split(/\r?\n/)
  const placeAt = (line: number, column: number): Place => ({ line, column, lineText: lines[line - 1] ?? '' })
  const fileLines = lineCounterOf(fileText)
  const held = findInConfigMap(fileText)
  if (held === undefined && /^\s*"?kind"?: *"?ConfigMap\b/m.test(fileText)) return undefined
  if (held === undefined) {
    return {
      text: fileText,
      placeOf: (offset) => {
        const { line, col } = fileLines.linePos(offset)
        return placeAt(line, col)
      },
    }
  }
  const start = fileLines.linePos(held.range?.[0] ?? 0)
  const text = String(held.value)
  // In another form than a literal block nobody can tell which character stands where.
  if (held.type !== 'BLOCK_LITERAL') return { text, placeOf: () => placeAt(start.line, start.col) }
  const indent = /^ */.exec(lines.slice(start.line).find((line) => line.trim() !== '') ?? '')?.[0].length ?? 0
  const inner = lineCounterOf(text)
  return {
    text,
    placeOf: (offset) => {
      const { line, col } = inner.linePos(offset)
      return placeAt(start.line + line, indent + col)
    },
  }
}

function lineCounterOf(text: string): LineCounter {
  const counter = new LineCounter()
  counter.addNewLine(0)
  for (const { index } of text.matchAll(/\n/g)) counter.addNewLine(index + 1)
  return counter
}

function findInConfigMap(text: string): Scalar | undefined {
  if (!text.includes('ConfigMap') || !text.includes(NET_CONF)) return undefined
  const parsed = parseAllDocuments(text, { prettyErrors: false, logLevel: 'error', uniqueKeys: false })
  for (const { contents } of Array.isArray(parsed) ? parsed : []) {
    if (!isMap(contents)) continue
    const document = contents as YAMLMap
    const held = document.get('kind') === 'ConfigMap' ? document.getIn(['data', NET_CONF], true) : undefined
    if (isScalar(held)) return held
  }
  return undefined
}
