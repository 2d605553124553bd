// An object of the cluster as resources. What is wrong with it is said, and the last good one counts where there was one: a typo must not
// take a node out of the network.
import { type FieldPath, type Resource, readResource } from '../../model/index.ts'
import type { Issue } from '../issue.ts'
import { documentOf, type ObjectKind, type ObjectRecord, type RecordPart, takeTexts } from './object-record.ts'

export type ClusterObject = {
  readonly kind: ObjectKind
  readonly name: string
  readonly record: ObjectRecord
  readonly parts: Readonly<Partial<Record<RecordPart, Part>>>
  /** Of a node its status and its grant too; none without the node, as they are of use only with it. */
  readonly resources: readonly Resource[]
  readonly issues: readonly Issue[]
}

export type Part = {
  /** What the record says of it. */
  readonly said: string
  /** Left out: there was never a good one. */
  readonly resource?: Resource
  readonly issues: readonly Issue[]
}

const PARTS: readonly RecordPart[] = ['document', 'status', 'grant']
const NONE: readonly never[] = []

/** Of each record once. `before`: what was made of the object of that name until now. */
export function readObject(
  kind: ObjectKind,
  name: string,
  record: ObjectRecord,
  before: ClusterObject | undefined,
): ClusterObject {
  const known = before?.record.uid === record.uid ? before.parts : {}
  const texts = takeTexts(record)
  const place = `${kind}/${name}`
  const parts: Partial<Record<RecordPart, Part>> = {}
  for (const part of PARTS) {
    const said = record[part]
    const text = texts[part]
    if (said === undefined || text === undefined) continue
    const same = known[part]?.said === said ? known[part] : undefined
    parts[part] = same ?? readPart(said, documentOf(kind, name, part, text), known[part], place)
  }
  const present = PARTS.flatMap((part) => parts[part] ?? [])
  const issues = present.flatMap((part) => part.issues)
  // A slice has no room for more: there are thousands of these.
  const resources =
    parts.document?.resource === undefined ? NONE : present.flatMap(({ resource }) => resource ?? []).slice()
  return { kind, name, record, parts, resources, issues: issues.length === 0 ? NONE : issues }
}

export const warningAt = (file: string, message: string): Issue => ({
  file,
  line: 1,
  column: 1,
  message,
  severity: 'warning',
})

function readPart(said: string, document: object, known: Part | undefined, place: string): Part {
  const { resource, unknown, wrong } = readDocument(document)
  const ignored = unknown.map((message) => warningAt(place, `${message}; it is ignored`))
  if (resource !== undefined) return { said, resource, issues: ignored.length === 0 ? NONE : ignored }
  const what = known?.resource === undefined ? 'it is left out' : 'what was right before still counts'
  const issues = [...ignored, ...wrong.map((message) => warningAt(place, `${message}; ${what}`))]
  return { said, issues, ...(known?.resource && { resource: known.resource }) }
}

type ReadDocument = {
  readonly resource?: Resource
  /** Of fields that a newer version may have brought: while agents of two versions run, the older one goes on without them. */
  readonly unknown: readonly string[]
  readonly wrong: readonly string[]
}

function readDocument(document: unknown): ReadDocument {
  const read = readResource(document)
  if (read.kind === 'resource') return { resource: read.resource, unknown: [], wrong: [] }
  const unknown = read.problems.filter(({ at }) => at === 'key')
  const texts = (problems: readonly { readonly message: string }[]): readonly string[] =>
    problems.map(({ message }) => message)
  if (unknown.length === 0) return { unknown: [], wrong: texts(read.problems) }
  for (const { path } of unknown) removeField(document, path)
  const again = readResource(document)
  return again.kind === 'resource'
    ? { resource: again.resource, unknown: texts(unknown), wrong: [] }
    : { unknown: texts(unknown), wrong: texts(again.problems) }
}

function removeField(document: unknown, path: FieldPath): void {
  const owner = path
    .slice(0, -1)
    .reduce<unknown>((value, step) => (isObject(value) ? value[step] : undefined), document)
  if (isObject(owner)) delete owner[path.at(-1) ?? '']
}

const isObject = (value: unknown): value is Record<string | number, unknown> =>
  typeof value === 'object' && value !== null
