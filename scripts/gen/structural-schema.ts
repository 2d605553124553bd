// A zod schema as what Kubernetes calls a structural schema: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/
// Defaults are only told of: an object keeps saying what its author wrote, and a later default reaches those who said nothing.
import * as z from 'zod'
import { PUBLIC_KEY, type Rule, TEXT_FORMATS, type TextFormat } from './text-formats.ts'

export type StructuralSchema = {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, StructuralSchema>>
  readonly [word: string]: unknown
}

export type SchemaNotes = {
  /** By path, as in `spec.endpoint.host` and `status.conditions[].type`: every field has one. */
  readonly descriptions: ReadonlyMap<string, string>
  /** CEL, by path. */
  readonly rules: Readonly<Record<string, readonly Rule[]>>
  /** Fields that a file must have, and an object of the cluster need not. */
  readonly mayBeMissing: ReadonlySet<string>
}

type JsonSchema = z.core.JSONSchema.BaseSchema

/** An API server estimates what a rule costs from how many and how long its values may be, and refuses what has no limit. */
const LIMITS = { items: 64, characters: 1024 } as const
/** An agent that says too much must be heard all the same; but a stolen token does not fill the disk of etcd. */
const LIMITS_OF_STATUS = { items: 256, characters: 8192 } as const
const limitsOf = (path: string) => (path.startsWith('status.') ? LIMITS_OF_STATUS : LIMITS)

export function structuralSchema(schema: z.ZodType, notes: SchemaNotes): StructuralSchema {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    reused: 'inline',
    override({ zodSchema, jsonSchema }) {
      const format = TEXT_FORMATS.get(zodSchema)
      if (format !== undefined) Object.assign(jsonSchema, format)
    },
  })
  return convert(json, '', notes)
}

function convert(json: JsonSchema, path: string, notes: SchemaNotes): StructuralSchema {
  const description = notes.descriptions.get(path)
  const rules = notes.rules[path]
  const body = { ...bodyOf(json, path, notes), ...(rules && { 'x-kubernetes-validations': rules }) }
  if (path === '') return body
  if (description === undefined) throw new Error(`nobody says what ${path} is: docs/networks.md has no row for it`)
  return { description, ...body }
}

function bodyOf(json: JsonSchema, path: string, notes: SchemaNotes): StructuralSchema {
  if (json.anyOf !== undefined) return numberOrWord(json.anyOf)
  if (json.type === 'object') return objectOf(json, path, notes)
  if (json.type === 'array') {
    const { minItems, maxItems = limitsOf(path).items, items } = json
    // The description of a list is that of its items, if they are no objects.
    const item = items as JsonSchema
    const inner = item.type === 'object' ? convert(item, `${path}[]`, notes) : bodyOf(item, `${path}[]`, notes)
    return { type: 'array', ...(minItems !== undefined && { minItems }), maxItems, items: inner }
  }
  if (json.type === 'string') return textOf(json, path)
  const { type, minimum, maximum } = json
  return {
    type,
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
  } as StructuralSchema
}

function objectOf(json: JsonSchema, path: string, notes: SchemaNotes): StructuralSchema {
  const inner = (name: string) => (path === '' ? name : `${path}.${name}`)
  const properties = Object.entries(json.properties ?? {}).map(([name, field]) => [
    name,
    convert(field as JsonSchema, inner(name), notes),
  ])
  const required = (json.required ?? []).filter((name) => !notes.mayBeMissing.has(inner(name)))
  return { type: 'object', ...(required.length > 0 && { required }), properties: Object.fromEntries(properties) }
}

function textOf(json: JsonSchema, path: string): StructuralSchema {
  if (path === 'status.publicKey') return { type: 'string', ...PUBLIC_KEY }
  const { pattern, const: only, enum: words = only === undefined ? undefined : [only] } = json
  if (words !== undefined) return { type: 'string', enum: words }
  const { maxLength = limitsOf(path).characters, 'x-kubernetes-validations': rules } = json as JsonSchema &
    Partial<TextFormat>
  return { type: 'string', ...(pattern && { pattern }), maxLength, ...(rules && { 'x-kubernetes-validations': rules }) }
}

/** `auto`, or a number: the only union there is. */
function numberOrWord([first, second]: readonly unknown[]): StructuralSchema {
  const { const: word } = first as JsonSchema
  const { minimum, maximum } = second as JsonSchema
  const message = `it is neither ${word} nor a whole number from ${minimum} to ${maximum}`
  return {
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    maxLength: 16,
    'x-kubernetes-validations': [
      { rule: `type(self) == string ? self == '${word}' : self >= ${minimum} && self <= ${maximum}`, message },
    ],
  }
}
