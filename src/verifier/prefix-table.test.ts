import { expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../model/index.ts'
import { createPrefixTable, longestMatch, setPrefix } from './prefix-table.ts'

test.each([
  ['10.1.1.1', '10.0.0.0/8', '10.1.0.0/16'],
  ['fd42::1', 'fd00::/8', 'fd42::/32'],
])('what is put in later is found, though %s was asked for before', (text, short, long) => {
  const table = createPrefixTable<string>()
  const address = parseAddress(text)
  expect(longestMatch(table, address)).toBeUndefined()
  setPrefix(table, parsePrefix(short), 'short')
  expect(longestMatch(table, address)).toEqual({ value: 'short', length: 8 })
  setPrefix(table, parsePrefix(long), 'long')
  expect(longestMatch(table, address)).toMatchObject({ value: 'long' })
  setPrefix(table, parsePrefix(long), 'another')
  expect(longestMatch(table, address)).toMatchObject({ value: 'another' })
})
