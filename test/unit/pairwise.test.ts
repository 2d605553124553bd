import { expect, test } from 'vitest'
import { combinations, pairwise } from '../pairwise.ts'

const AXES = { wheels: [2, 3, 4], colour: ['red', 'green'], doors: [0, 2, 4], roof: ['yes', 'no'] } as const
const all = combinations(AXES, ({ wheels, doors }) => wheels === 4 || doors === 0)

test('all combinations are there, but for those that cannot be', () => {
  expect(all).toHaveLength((3 + 2) * 2 * 2)
  expect(new Set(all.map((row) => JSON.stringify(row))).size).toBe(all.length)
})

test('every pair of values meets in few of them', () => {
  const chosen = pairwise(all)
  expect(chosen.length).toBeLessThan(all.length / 2)
  const has = (wheels: number, colour: string, rows: typeof all): boolean =>
    rows.some((row) => row.wheels === wheels && row.colour === colour)
  for (const wheels of AXES.wheels) for (const colour of AXES.colour) expect(has(wheels, colour, chosen)).toBe(true)
  expect(chosen.some(({ doors, roof }) => doors === 2 && roof === 'no')).toBe(true)
  expect(chosen.every((row) => all.includes(row))).toBe(true)
})
