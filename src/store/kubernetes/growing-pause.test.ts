import { expect, test } from 'vitest'
import { growingPause, spreadOf } from './growing-pause.ts'

test('a pause grows to ten seconds at most', () => {
  expect([1, 2, 3, 4, 5, 6, 100_000].map((failures) => growingPause(failures, 1))).toEqual([
    1000, 2000, 4000, 8000, 10_000, 10_000, 10_000,
  ])
})

test('the longest pause is another for each, from five to ten seconds', () => {
  const pauses = Array.from({ length: 1000 }, (_, number) => growingPause(100, spreadOf(`node-${number}`)))
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(5_000)
  expect(Math.max(...pauses)).toBeLessThanOrEqual(10_000)
  expect(new Set(pauses).size).toBeGreaterThan(800)
})

test('spreadOf() gives names that are alike numbers that are not', () => {
  const spreads = Array.from({ length: 5000 }, (_, number) => spreadOf(`node-${number}`))
  const counts = new Array(10).fill(0)
  for (const spread of spreads) counts[Math.floor(spread * 10)]++
  for (const count of counts) expect(count).toBeGreaterThan(400)
  expect(spreadOf('node-1')).toBe(spreadOf('node-1'))
})
