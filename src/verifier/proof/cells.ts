// What blocks of one class hold about each other, block by block: alike throughout, or they are no twins.
import type { Fingerprint } from './fingerprint.ts'

/** What blocks of one class hold about each other: row the holder, column the one it is about. */
export type Cells = { readonly members: readonly number[]; readonly values: Float64Array }

export function emptyCells(classOf: Int32Array): { cells: Map<number, Cells>; indexOf: Int32Array } {
  const members = new Map<number, number[]>()
  for (const [block, kind] of classOf.entries()) {
    const list = members.get(kind)
    if (list === undefined) members.set(kind, [block])
    else list.push(block)
  }
  const indexOf = new Int32Array(classOf.length)
  const cells = new Map<number, Cells>()
  for (const [kind, list] of members) {
    for (const [index, block] of list.entries()) indexOf[block] = index
    if (list.length > 1) cells.set(kind, { members: list, values: new Float64Array(list.length ** 2) })
  }
  return { cells, indexOf }
}

/** Whether a cell is other than most; undefined: all are alike. */
function oddCells({ members, values }: Cells): ((row: number, column: number) => boolean) | undefined {
  const size = members.length
  const counts = new Map<Fingerprint, number>()
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      if (row !== column) {
        const value = values[row * size + column] ?? 0
        counts.set(value, (counts.get(value) ?? 0) + 1)
      }
  if (counts.size <= 1) return undefined
  const [usual] = [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))
  return (row, column) => row !== column && values[row * size + column] !== usual
}

/**
 * Members (their indexes) that stand to each other in an unusual way, and all of a group in the same, as private networks do that have the
 * same range.
 */
export function oddGroups(cells: Cells): readonly (readonly number[])[] {
  const { members, values } = cells
  const size = members.length
  const isOdd = oddCells(cells)
  if (isOdd === undefined) return []
  const isSeen = new Uint8Array(size)
  const groups: (readonly number[])[] = []
  for (let first = 0; first < size; first++) {
    if (isSeen[first] === 1) continue
    isSeen[first] = 1
    const group = [first]
    for (const one of group)
      for (let other = 0; other < size; other++)
        if (isSeen[other] !== 1 && (isOdd(one, other) || isOdd(other, one))) {
          isSeen[other] = 1
          group.push(other)
        }
    const value = values[first * size + (group[1] ?? first)]
    const isAlike = group.every((row) =>
      group.every((column) => row === column || values[row * size + column] === value),
    )
    if (group.length > 1 && isAlike) groups.push(group)
  }
  return groups
}

/** Indexes of the fewest members (found greedily) without whom all that they hold about each other is alike. */
export function notUniform(cells: Cells): readonly number[] {
  const size = cells.members.length
  const isOdd = oddCells(cells)
  if (isOdd === undefined) return []
  const oddities = new Int32Array(size)
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      if (isOdd(row, column)) {
        oddities[row] = (oddities[row] ?? 0) + 1
        oddities[column] = (oddities[column] ?? 0) + 1
      }
  const gone: number[] = []
  for (;;) {
    const worst = oddities.reduce((best, count, index) => (count > (oddities[best] ?? 0) ? index : best), 0)
    if ((oddities[worst] ?? 0) <= 0) return gone
    gone.push(worst)
    for (let other = 0; other < size; other++) {
      if (gone.includes(other)) continue
      const both = (isOdd(worst, other) ? 1 : 0) + (isOdd(other, worst) ? 1 : 0)
      oddities[other] = (oddities[other] ?? 0) - both
    }
    oddities[worst] = 0
  }
}
