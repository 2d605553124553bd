import { expect, it } from 'vitest'
import { formatPrefix } from '../../model/index.ts'
import { rememberPrefixes } from './known-prefixes.ts'

it('a prefix is read once, and is then the same object; what is none stays none', () => {
  const prefixOf = rememberPrefixes()
  const first = prefixOf('10.42.0.0/16')
  expect(first && formatPrefix(first)).toBe('10.42.0.0/16')
  expect(prefixOf('10.42.0.0/16')).toBe(first)
  expect([prefixOf('10.42.0.1/16'), prefixOf('10.42.0.1/16'), prefixOf('')]).toEqual([undefined, undefined, undefined])
})
