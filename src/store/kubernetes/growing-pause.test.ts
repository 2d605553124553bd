import { expect, test } from 'vitest'
import { growingPause, spreadOf } from './growing-pause.ts'

test('a pause grows to half a minute at most', () => {
  expect([1, 2, 3, 4, 5, 6, 100].map((failures) => growingPause(failures, 1))).toEqual([
    1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
  ])
})

test('spreadOf() gives names that are alike numbers that are not', () => {
  const spreads = Array.from({ length: 5000 }, (_, number) => spreadOf(`node-${number}`))
  const counts = new Array(10).fill(0)
  for (const spread of spreads) counts[Math.floor(spread * 10)]++
  for (const count of counts) expect(count).toBeGreaterThan(400)
  expect(spreadOf('node-1')).toBe(spreadOf('node-1'))
})
