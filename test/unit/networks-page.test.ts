// docs/networks.md has a row for every field that a document may have, and for no other.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { labSchema } from '../../src/model/resources/lab.schema.ts'
import { networkSchema } from '../../src/model/resources/network.schema.ts'
import { nodeSchema } from '../../src/model/resources/node.schema.ts'
import { nodeGrantSchema } from '../../src/model/resources/node-grant.schema.ts'
import { nodeStatusSchema } from '../../src/model/resources/node-status.schema.ts'
import { siteSchema } from '../../src/model/resources/site.schema.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/networks.md'), 'utf8')

const SCHEMAS = {
  Network: networkSchema,
  Site: siteSchema,
  Node: nodeSchema,
  NodeGrant: nodeGrantSchema,
  NodeStatus: nodeStatusSchema,
  Lab: labSchema,
} satisfies Record<string, z.ZodType>

type JsonSchema = z.core.JSONSchema.BaseSchema
type Field = { readonly path: string; readonly schema: JsonSchema }

/** What every document has is said once, at the top of the page. */
const OF_ALL_KINDS = new Set(['apiVersion', 'kind', 'metadata.name'])

/** The fields that hold a value, as the page writes them: `clouds[].name`, `nodes.NAME.cloud`, without `spec.`. */
function fieldsOf(schema: JsonSchema, path = ''): readonly Field[] {
  const { properties, additionalProperties } = schema
  const items = itemsOf(schema)
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([name, inner]) =>
      fieldsOf(inner as JsonSchema, path === '' ? name : `${path}.${name}`),
    )
  if (items.properties !== undefined) return fieldsOf(items, `${path}[]`)
  if (typeof additionalProperties === 'object' && path !== 'metadata.labels')
    return fieldsOf(additionalProperties, `${path}.NAME`)
  return [{ path: path.replace(/^(spec|status)\./, ''), schema }]
}

const itemsOf = ({ items }: JsonSchema): JsonSchema => (items ?? {}) as JsonSchema

/** Rows of the table under a heading, by field. */
function rowsOf(kind: string): ReadonlyMap<string, string> {
  const section = PAGE.split(`\n### ${kind}\n`)[1]?.split('\n#')[0] ?? ''
  return new Map([...section.matchAll(/^\| `([^`]+)` \|.*$/gm)].map(([row, field = '']) => [field, row]))
}

describe.each(Object.entries(SCHEMAS))('the page says of a %s', (kind, schema) => {
  const fields = fieldsOf(z.toJSONSchema(schema, { io: 'input' })).filter(({ path }) => !OF_ALL_KINDS.has(path))
  const rows = rowsOf(kind)

  test('every field, and none that is not there', () => {
    expect([...rows.keys()]).toEqual(fields.map(({ path }) => path))
  })

  test('which words a field may hold, and how large it may be', () => {
    for (const { path, schema } of fields) {
      const words = schema.enum ?? itemsOf(schema).enum ?? []
      const { maximum = LARGEST } = schema
      for (const value of maximum < LARGEST ? [...words, maximum] : words)
        expect(rows.get(path)).toContain(String(value))
    }
  })

  test('what holds where it is left out', () => {
    for (const { path, schema } of fields)
      if (['string', 'number', 'boolean'].includes(typeof schema.default))
        expect(rows.get(path)?.split(' | ')[2]).toContain(String(schema.default))
  })
})

/** Of ports and MTUs; it goes without saying. */
const LARGEST = 65_535
