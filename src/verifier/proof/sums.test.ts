import { expect, test } from 'vitest'
import { createSums } from './sums.ts'

test('sums are of what was added since they were emptied, told in the order in which it came', () => {
  const sums = createSums(4)
  sums.add(3, 5)
  sums.add(1, 7)
  sums.add(3, 2 ** 52 - 1)
  expect([...sums.keys]).toEqual([3, 1])
  expect([sums.at(3), sums.at(1), sums.at(0)]).toEqual([4, 7, 0])
  expect([sums.has(3), sums.has(0)]).toEqual([true, false])
  sums.clear()
  expect([...sums.keys]).toEqual([])
  sums.add(1, 1)
  expect([sums.at(1), sums.at(3), sums.has(3)]).toEqual([1, 0, false])
})
