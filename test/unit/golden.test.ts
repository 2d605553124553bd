import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { expectGolden } from '../golden/golden.ts'
import { sideBySide } from '../golden/side-by-side.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-golden-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const check = (text: string, update = false) => expectGolden('world/node.txt', text, { folder, update })

test('a golden file is written on demand, and then passes only for the same text', () => {
  expect(() => check('a\nb\n')).toThrow('there is no golden file world/node.txt yet; UPDATE_GOLDEN=1 writes it')
  check('a\nb\n', true)
  expect(readFileSync(join(folder, 'world/node.txt'), 'utf8')).toBe('a\nb\n')
  expect(() => check('a\nb\n')).not.toThrow()
  expect(() => check('a\nb')).toThrow('world/node.txt is not what was checked in')
  expect(() => check('a\nb\n\n')).toThrow('world/node.txt is not what was checked in')
})

test('two texts stand side by side, and what is alike and far away is left out', () => {
  const before = ['1', '2', '3', '4', '5', 'old', '6', 'gone', '7', '8', '9', '10'].join('\n')
  const after = ['1', '2', '3', '4', '5', 'new', '6', '7', '8', '9', '10', 'more'].join('\n')
  expect(sideBySide(before, after)).toBe(`  checked in     now
  …
  3              3
  4              4
  5              5
  old          | new
  6              6
  gone         <
  7              7
  8              8
  9              9
  10             10
               > more`)
})
