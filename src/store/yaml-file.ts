// A file of YAML documents with their positions. What `yaml` keeps of a text is many times the text: drop it soon.
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml'
import type { FieldPath } from '../model/index.ts'

export type YamlFile = {
  readonly text: string
  /** Without those that are empty. */
  readonly documents: readonly Document.Parsed[]
  readonly lineCounter: LineCounter
}

export type Position = { readonly line: number; readonly column: number }

export function parseYamlFile(text: string): YamlFile {
  const lineCounter = new LineCounter()
  const parsed = parseAllDocuments(text, {
    lineCounter,
    prettyErrors: false,
    logLevel: 'error',
    resolveKnownTags: false,
    stringKeys: true,
  })
  const documents = Array.isArray(parsed) ? parsed : []
  return { text, documents: documents.filter((document) => !isEmpty(document)), lineCounter }
}

const isEmpty = ({ contents, errors }: Document.Parsed): boolean =>
  errors.length === 0 &&
  (contents === null || (isScalar(contents) && contents.value === null && contents.source === ''))

/** Where a field stands, or else the nearest thing around it that does. */
export function positionOf(
  { documents, lineCounter }: YamlFile,
  documentIndex: number,
  path: FieldPath,
  at: 'key' | 'value',
): Position {
  const document = documents[documentIndex]
  return document === undefined ? { line: 1, column: 1 } : toPosition(lineCounter, offsetOf(document, path, at))
}

export function toPosition(lineCounter: LineCounter, offset: number): Position {
  const { line, col } = lineCounter.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

function offsetOf(document: Document.Parsed, path: FieldPath, at: 'key' | 'value'): number {
  let node: Node | null = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const [depth, step] of path.entries()) {
    const target: unknown = isAlias(node) ? node.resolve(document) : node
    const isLast = depth === path.length - 1
    const found = childOf(target, step, isLast ? at : 'value')
    if (found === undefined) return offset
    offset = found.offset
    node = found.node
  }
  return offset
}

function childOf(
  node: unknown,
  step: string | number,
  at: 'key' | 'value',
): { node: Node | null; offset: number } | undefined {
  if (isSeq(node)) {
    const item: unknown = typeof step === 'number' ? node.items[step] : undefined
    return isNode(item) ? { node: item, offset: item.range?.[0] ?? 0 } : undefined
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step)
  if (pair === undefined || !isScalar(pair.key)) return undefined
  const keyOffset = pair.key.range?.[0] ?? 0
  const value = isNode(pair.value) ? pair.value : null
  const isWritten = value?.range !== undefined && value.range !== null && value.range[1] > value.range[0]
  return { node: value, offset: at === 'key' || !isWritten ? keyOffset : (value.range?.[0] ?? keyOffset) }
}
