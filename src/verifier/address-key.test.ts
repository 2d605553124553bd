import { expect, test } from 'vitest'
import { parseAddress } from '../model/index.ts'
import { addressKey } from './address-key.ts'

const keyOf = (text: string) => addressKey(parseAddress(text))

test('each address has a key of its own, and equal ones the same', () => {
  const texts = ['203.0.113.4', '203.0.114.4', '2001:db8::1', '2001:db8::2', '2001:db8:1::1', '2001:db8::1:0:1', '::']
  expect(new Set(texts.map(keyOf)).size).toBe(texts.length)
  for (const text of texts) expect(keyOf(text)).toBe(keyOf(text))
})

test('nor do the two families meet, whose addresses stand in one Map of the underlay: 203.0.113.4 has the bits of cb00:7104::', () => {
  expect(keyOf('203.0.113.4')).not.toBe(keyOf('cb00:7104::'))
})
