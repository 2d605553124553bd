// Where in the files a field of a resource stands, looked up when somebody asks.
import { readFile } from 'node:fs/promises'
import type { Document } from 'yaml'
import { type FieldPath, RESOURCE_KINDS, type ResourceKind } from '../model/index.ts'
import type { ReadResult } from './assemble-world.ts'
import { decodeText } from './decode-text.ts'
import { createStoreReader } from './store-reader.ts'
import { parseYamlFile, positionOf, type YamlFile } from './yaml-file.ts'

/** A place as editors and compilers write it, `world.yaml:12:9`; undefined where no file holds the resource. */
export type FindPlace = (resource: string, field?: string) => Promise<string | undefined>

/** Reads files and folders once, as `readWorld` does. `placeOf` takes `Node/aws-1` and `spec.podPrefixes[0]`. */
export async function readWorldWithPlaces(
  paths: readonly string[],
): Promise<{ readonly result: ReadResult; readonly placeOf: FindPlace }> {
  const reader = createStoreReader(paths)
  const result = await reader.read()
  const opened = new Map<string, Promise<YamlFile | undefined>>()
  const open = (path: string): Promise<YamlFile | undefined> => {
    const reading = opened.get(path) ?? openYamlFile(path)
    opened.set(path, reading)
    return reading
  }
  return {
    result,
    async placeOf(resource, field) {
      const [kindName, ...rest] = resource.split('/')
      const kind = RESOURCE_KINDS.find((known) => known === kindName)
      const name = rest.join('/')
      const [path] = kind === undefined ? [] : reader.filesOf(kind, name)
      const yaml = path === undefined ? undefined : await open(path)
      if (kind === undefined || yaml === undefined) return undefined
      const index = yaml.documents.findIndex((document) => isOf(document, kind, name))
      if (index < 0) return undefined
      const { line, column } = positionOf(yaml, index, pathOf(field), 'value')
      return `${path}:${line}:${column}`
    },
  }
}

const isOf = (document: Document.Parsed, kind: ResourceKind, name: string): boolean =>
  document.get('kind') === kind && String(document.getIn(['metadata', 'name'])) === name

/** `spec.podPrefixes[0]` as steps. */
const pathOf = (field: string | undefined): FieldPath =>
  field === undefined
    ? ['metadata', 'name']
    : [...field.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([step, index]) => (index === undefined ? step : Number(index)))

/** Undefined where the file went away in the meantime. */
async function openYamlFile(path: string): Promise<YamlFile | undefined> {
  try {
    const decoded = decodeText(await readFile(path))
    return decoded.kind === 'text' ? parseYamlFile(decoded.text) : undefined
  } catch {
    return undefined
  }
}
