// A small YAML file of ours that is no resource: its values as they were written, each with its place, so that 0.085 stays 0.085.
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { hint } from '../../model/index.ts'
import type { Issue } from '../../store/index.ts'

export type Placed = { readonly offset: number }
export type PlacedText = Placed & { readonly kind: 'text'; readonly text: string }
export type PlacedList = Placed & { readonly kind: 'list'; readonly items: readonly PlacedValue[] }
export type PlacedMap = Placed & {
  readonly kind: 'map'
  readonly fields: ReadonlyMap<string, { readonly offset: number; readonly value: PlacedValue }>
}
export type PlacedValue = PlacedText | PlacedList | PlacedMap

export type Problems = { readonly issues: Issue[]; readonly add: (offset: number, message: string) => void }

/** Undefined, with issues, where it is no YAML. */
export function readYamlValues(file: string, text: string): { readonly root: PlacedValue | undefined } & Problems {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
  })
  const issues: Issue[] = []
  const add = (offset: number, message: string): void => {
    const { line, col } = lines.linePos(offset)
    issues.push({ file, line: Math.max(1, line), column: Math.max(1, col), message, severity: 'error' })
  }
  for (const { pos, message } of document.errors) add(pos[0], message)
  return { root: issues.length > 0 ? undefined : placed(document.contents, 0), issues, add }
}

function placed(node: unknown, around: number): PlacedValue {
  if (isMap(node)) {
    const offset = node.range?.[0] ?? around
    const fields = node.items.map(({ key, value }) => {
      const at = isScalar(key) ? (key.range?.[0] ?? offset) : offset
      return [isScalar(key) ? String(key.value) : '', { offset: at, value: placed(value, at) }] as const
    })
    return { kind: 'map', offset, fields: new Map(fields) }
  }
  if (isSeq(node)) {
    const offset = node.range?.[0] ?? around
    return { kind: 'list', offset, items: node.items.map((item) => placed(item, offset)) }
  }
  const scalar = isScalar(node) ? node : undefined
  return { kind: 'text', offset: scalar?.range?.[0] ?? around, text: String(scalar?.value ?? '') }
}

/** A map with no other fields than these; what is wrong is added. */
export function fieldsOf(
  value: PlacedValue,
  known: readonly string[],
  what: string,
  { add }: Problems,
): PlacedMap['fields'] {
  if (value.kind !== 'map') {
    add(
      value.offset,
      `${what} is ${value.kind === 'list' ? 'a list' : `"${value.text}"`}; expected a map of ${known.join(', ')}`,
    )
    return new Map()
  }
  for (const [name, { offset }] of value.fields)
    if (!known.includes(name))
      add(offset, `${name} is not a field of ${what}${hint(name, known)} (fields: ${known.join(', ')})`)
  return value.fields
}
