// What `npm run gen` wrote is what it would write now.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  GENERATED_FOLDERS,
  generatedChart,
  generatedDefinitions,
  generatedPages,
} from '../../scripts/gen/generated-files.ts'

const ROOT = join(import.meta.dirname, '../..')

describe('npm run gen was called since the schemas, manifests and commands changed', async () => {
  const files = new Map([...generatedDefinitions(), ...(await generatedChart()), ...(await generatedPages())])

  test.each([...files])('%s', (path, text) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text)
  })

  test('and nothing else stands there', () => {
    const found = GENERATED_FOLDERS.flatMap((folder) =>
      readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
    )
    expect(found.filter((path) => !files.has(path))).toEqual([])
  })
})
