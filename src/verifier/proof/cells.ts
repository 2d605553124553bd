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

/** Indexes of the fewest members (found greedily) without whom all that they hold about each other is alike. */
export function notUniform({ members, values }: Cells): readonly number[] {
  const size = members.length
  const counts = new Map<Fingerprint, number>()
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      if (row !== column) {
        const value = values[row * size + column] ?? 0
        counts.set(value, (counts.get(value) ?? 0) + 1)
      }
  if (counts.size <= 1) return []
  const [usual] = [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))
  const isOdd = (row: number, column: number): boolean => row !== column && values[row * size + column] !== usual
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
