import { expect, test } from 'vitest'
import { hint, listNames, nearestName } from './nearest-name.ts'

test.each([
  ['fabrik', ['fabric', 'mtu'], 'fabric'],
  ['podPrefixs', ['podPrefixes', 'servicePrefixes'], 'podPrefixes'],
  ['podprefixes', ['podPrefixes', 'servicePrefixes'], 'podPrefixes'],
  ['asw', ['gcp', 'aws'], 'aws'],
  ['aws-11', ['aws-2', 'aws-1'], 'aws-1'],
  ['colour', ['fabric', 'mtu'], undefined],
  ['aws', ['gcp'], undefined],
  ['aws', ['aws'], undefined],
  ['', ['a'], 'a'],
  ['x'.repeat(1e6), ['x'], undefined],
] as const)('nearestName(%.20s, %j) is %s', (text, names, nearest) => {
  expect(nearestName(text, names)).toBe(nearest)
})

test('of two names that are as near, the first is meant', () => {
  expect(nearestName('aws-3', ['aws-1', 'aws-2'])).toBe('aws-1')
})

test('hint() says nothing of what is no text', () => {
  expect(hint(5, ['a'])).toBe('')
  expect(hint('gpc', ['gcp'])).toBe('; did you mean "gcp"?')
})

test('listNames() does not list thousands', () => {
  expect(listNames([])).toBe('none')
  expect(listNames(['a', 'b'])).toBe('a, b')
  expect(listNames(Array.from({ length: 5000 }, (_, n) => `n${n}`))).toMatch(/^n0, n1, .*, … 5000 in all$/)
})
