import { expect, test } from 'vitest'
import { tryBytes } from './byte-count.ts'
import { type Fraction, formatDecimal, fraction, plus, times, tryDecimal } from './fraction.ts'

const decimal = (text: string): Fraction => tryDecimal(text) ?? fraction(-1n)

test('a tenth and two tenths are three tenths', () => {
  expect(plus(decimal('0.1'), decimal('0.2'))).toEqual(decimal('0.3'))
})

test('three thirds are one', () => {
  const third = fraction(1n, 3n)
  expect(plus(plus(third, third), third)).toEqual({ numerator: 1n, denominator: 1n })
})

test('halves are rounded away from zero, and nothing has no sign', () => {
  expect(formatDecimal(decimal('0.125'), 2)).toBe('0.13')
  expect(formatDecimal(fraction(-1n, 8n), 2)).toBe('-0.13')
  expect(formatDecimal(fraction(-1n, 1000n), 2)).toBe('0.00')
  expect(formatDecimal(fraction(7n, 2n), 0)).toBe('4')
})

test('a petabyte at a price of nine digits is exact', () => {
  expect(formatDecimal(times(fraction(10n ** 6n), decimal('0.000000001')), 9)).toBe('0.001000000')
})

test('bytes are read in powers of 1000 and of 1024', () => {
  expect(['1500', '10GB', '1.5 TiB', '2kib'].map((text) => tryBytes(text)?.numerator)).toEqual([
    1500n,
    10n ** 10n,
    3n * 2n ** 39n,
    2048n,
  ])
})

test.each(['', 'GB', '1.', '-1', '1e9', '10 apples', '1,5'])('"%s" is no number of bytes', (text) => {
  expect(tryBytes(text)).toBeUndefined()
})
