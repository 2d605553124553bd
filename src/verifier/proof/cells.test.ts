import { describe, expect, test } from 'vitest'
import { type Cells, notUniform, oddGroups } from './cells.ts'

/** Rows of digits, those about oneself left out as `-`. */
const cellsOf = (...rows: readonly string[]): Cells => ({
  members: rows.map((_, index) => 100 + index),
  values: Float64Array.from(rows.join('').replaceAll('-', '0'), Number),
})

describe('blocks that all stand to each other in the same way', () => {
  const cells = cellsOf('-11', '1-1', '11-')

  test('stay together', () => {
    expect(notUniform(cells)).toEqual([])
    expect(oddGroups(cells)).toEqual([])
  })
})

describe('blocks of which some stand to each other in an unusual way', () => {
  test('are groups where it is the same in each', () => {
    expect(oddGroups(cellsOf('-1211', '1-121', '21-11', '121-1', '1111-'))).toEqual([
      [0, 2],
      [1, 3],
    ])
    expect(oddGroups(cellsOf('-33111', '3-3111', '33-111', '111-11', '1111-1', '11111-'))).toEqual([[0, 1, 2]])
  })

  test('are none where it is not the same in both directions, or not between all', () => {
    expect(oddGroups(cellsOf('-2111', '1-111', '11-11', '111-1', '1111-'))).toEqual([])
    expect(oddGroups(cellsOf('-31111', '3-3111', '13-111', '111-11', '1111-1', '11111-'))).toEqual([])
    expect(oddGroups(cellsOf('-23111', '2-2111', '32-111', '111-11', '1111-1', '11111-'))).toEqual([])
  })

  test('are uniform without the fewest of them', () => {
    expect(notUniform(cellsOf('-31111', '3-3111', '13-111', '111-11', '1111-1', '11111-'))).toEqual([1])
    expect(notUniform(cellsOf('-2111', '1-111', '11-11', '111-1', '1111-'))).toEqual([0])
  })
})
