// The definitions of our kinds say no less than the schemas by which files are read, as far as an API server can be told.
import { describe, expect, test } from 'vitest'
import { customResources } from '../../scripts/gen/custom-resources.ts'
import type { StructuralSchema } from '../../scripts/gen/structural-schema.ts'

const definitions = new Map(customResources().map((definition) => [definition.spec.names.kind, definition]))

function versionOf(kind: string) {
  const version = definitions.get(kind)?.spec.versions[0]
  if (version === undefined) throw new Error(`there is no ${kind}`)
  return version
}

/** Every field below a schema, by path. */
function* fieldsOf(schema: StructuralSchema, path = ''): Generator<readonly [string, StructuralSchema]> {
  if (path !== '') yield [path, schema]
  for (const [name, field] of Object.entries(schema.properties ?? {})) yield* fieldsOf(field, `${path}.${name}`)
  if (schema.items !== undefined) yield* fieldsOf(schema.items as StructuralSchema, `${path}[]`)
}

const OF_KUBERNETES = /^\.(apiVersion|kind|metadata)$/

describe.each(['Network', 'Site', 'MeshNode'])('%s', (kind) => {
  const fields = [...fieldsOf(versionOf(kind).schema.openAPIV3Schema as StructuralSchema)]

  test('every field says what it is for', () => {
    const silent = fields.filter(([path, { description }]) => !description && !path.endsWith('[]'))
    expect(silent.map(([path]) => path).filter((path) => !OF_KUBERNETES.test(path))).toEqual([])
  })

  test('no field takes a default of the server: an object keeps saying what its author wrote', () => {
    expect(fields.filter(([, schema]) => 'default' in schema)).toEqual([])
  })

  test('everything has a limit, or the server would refuse the rules for what they may cost', () => {
    for (const [path, { type, maxLength, maxItems, enum: words }] of fields) {
      if (OF_KUBERNETES.test(path)) continue
      if (type === 'string' && !words && !path.endsWith('Time')) expect(maxLength, path).toBeGreaterThan(0)
      if (type === 'array') expect(maxItems, path).toBeGreaterThan(0)
    }
  })

  test('rules use nothing that Kubernetes 1.30 does not know', () => {
    expect(JSON.stringify(versionOf(kind))).not.toMatch(/isCIDR|isIP|cidr\(|ip\(|format\./)
  })
})

test('a MeshNode may be without private addresses, until its agent said how long their prefixes are', () => {
  const { spec } = versionOf('MeshNode').schema.openAPIV3Schema.properties as Record<string, StructuralSchema>
  expect(spec?.required).toBeUndefined()
  expect(spec?.properties?.privateAddresses?.minItems).toBe(1)
})

test('kubectl get meshnodes answers whether it is well', () => {
  const columns = versionOf('MeshNode').additionalPrinterColumns.map(({ name }) => name.toUpperCase())
  expect(columns).toEqual(['SITE', 'GATEWAY', 'ENDPOINT', 'READY', 'HANDSHAKE', 'PODS', 'AGE'])
})
