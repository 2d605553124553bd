// Whatever a disk, an editor or a person makes of a file, reading it ends soon, with a World or with issues.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkWorld } from '../model/index.ts'
import { parseFile } from './parsed-file.ts'

const EXAMPLE = readFileSync(join(import.meta.dirname, '../../examples/four-clouds.yaml'))

const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...Buffer.from('[]{}:,-#&*!|>\'"%@`\n\t <0a')))
const at = fc.integer({ min: 0, max: EXAMPLE.length - 1 })
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('replace' as const), at, byte }),
  fc.record({ kind: fc.constant('insert' as const), at, byte }),
  fc.record({ kind: fc.constant('delete' as const), at, count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at, count: fc.integer({ min: 1, max: 200 }) }),
)
type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never

function mutate(bytes: Buffer, change: Mutation): Buffer {
  const before = bytes.subarray(0, change.at)
  switch (change.kind) {
    case 'replace':
      return Buffer.concat([before, Buffer.of(change.byte), bytes.subarray(change.at + 1)])
    case 'insert':
      return Buffer.concat([before, Buffer.of(change.byte), bytes.subarray(change.at)])
    case 'delete':
      return Buffer.concat([before, bytes.subarray(change.at + change.count)])
    case 'repeat':
      return Buffer.concat([before, bytes.subarray(change.at, change.at + change.count), bytes.subarray(change.at)])
  }
}

test('no change of bytes throws, takes a second, or gives neither a World nor a reason', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (changes) => {
      const bytes = changes.reduce(mutate, EXAMPLE)
      const start = process.cpuUsage()
      const { resources, claims, issues } = parseFile('w.yaml', bytes)
      const checked = checkWorld(
        resources.map(({ resource }) => resource),
        claims,
      )
      expect(process.cpuUsage(start).user).toBeLessThan(1_000_000) // microseconds
      const reasons = [...issues, ...checked.problems.filter(({ severity }) => severity === 'error')]
      if (checked.world === undefined) expect(reasons).not.toEqual([])
      const lines = bytes.toString('utf8').split('\n').length
      for (const { line, column, message } of issues) {
        expect(line).toBeGreaterThanOrEqual(1)
        expect(line).toBeLessThanOrEqual(lines)
        expect(column).toBeGreaterThanOrEqual(1)
        expect(message.length).toBeLessThan(500)
      }
    }),
    { numRuns: 400 },
  )
})
