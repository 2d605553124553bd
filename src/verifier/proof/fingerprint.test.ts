import { expect, test } from 'vitest'
import { add, fingerprintOf, multiply } from './fingerprint.ts'

const [a, b, c] = ['a', 'b', 'c'].map(fingerprintOf) as [number, number, number]

test('multiply() is that of whole numbers of 52 bits', () => {
  expect(BigInt(multiply(a, b))).toBe((BigInt(a) * BigInt(b)) % 2n ** 52n)
  expect(multiply(2 ** 52 - 1, 2 ** 52 - 1)).toBe(1)
})

test('multiply() of a sum is the sum of the products, so that it does not matter what was merged', () => {
  expect(multiply(c, add(a, b))).toBe(add(multiply(c, a), multiply(c, b)))
  expect(multiply(c, a)).not.toBe(multiply(b, a))
})
