// The name that somebody probably meant: for error messages about misspelt fields, kinds, values and resources.

/** The valid name within a third of the text's letters (at least one) of it, counting swaps of neighbours as one. */
export function nearestName(text: string, names: Iterable<string>): string | undefined {
  if (text.length > LONGEST) return undefined
  let best: string | undefined
  let limit = Math.max(1, Math.floor(text.length / 3))
  for (const name of names) {
    const distance = editDistance(text.toLowerCase(), name.toLowerCase(), limit)
    if (distance > limit || name === text) continue
    if (best !== undefined && distance === limit) continue
    best = name
    limit = distance
  }
  return best
}

/** `; did you mean "aws"?`, or nothing. */
export function hint(text: unknown, names: Iterable<string>): string {
  const name = typeof text === 'string' ? nearestName(text, names) : undefined
  return name === undefined ? '' : `; did you mean "${name}"?`
}

/** `a, b, c`, cut where a list would be too long to read. */
export function listNames(names: Iterable<string>): string {
  const all = [...names]
  if (all.length === 0) return 'none'
  return all.length <= MOST_LISTED ? all.join(', ') : `${all.slice(0, MOST_LISTED).join(', ')}, … ${all.length} in all`
}

const MOST_LISTED = 12
/** Longest text that is looked for: a DNS label is 63. */
const LONGEST = 64

/** Edits (insert, delete, change, swap of neighbours) from a to b; anything above `limit` may be any number above it. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1]
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (isSame ? 0 : 1))
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (isSwap) cost = Math.min(cost, at(beforeLast, column - 2) + 1)
      current.push(cost)
    }
    if (Math.min(...current) > limit) return limit + 1
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY
