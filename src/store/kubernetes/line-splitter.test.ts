import { expect, test } from 'vitest'
import { splitLines } from './line-splitter.ts'

const TEXT = '{"a":"ü€😀"}\n{"b":2}\n\n{"c":"日本"}\n'

test.each([1, 2, 3, 5, 7, 1000])('splitLines() finds the lines in chunks of %i bytes', (size) => {
  const lines: string[] = []
  const push = splitLines((line) => lines.push(line))
  const bytes = Buffer.from(TEXT)
  for (let from = 0; from < bytes.length; from += size) push(bytes.subarray(from, from + size))
  expect(lines).toEqual(TEXT.split('\n').filter((line) => line !== ''))
})

test('splitLines() keeps a line that has not ended to itself', () => {
  const lines: string[] = []
  const push = splitLines((line) => lines.push(line))
  push(Buffer.from('{"half'))
  expect(lines).toEqual([])
  push(Buffer.from('":1}\n'))
  expect(lines).toEqual(['{"half":1}'])
})

test('splitLines() does not fill the memory with a line without end', () => {
  const push = splitLines(() => {})
  const chunk = Buffer.alloc(1 << 20, 'x')
  expect(() => {
    for (let megabytes = 0; megabytes < 40; megabytes++) push(chunk)
  }).toThrow('longer than')
})
