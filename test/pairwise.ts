// Of all combinations of some axes, few in which still every pair of values meets: what is wrong mostly takes two to show itself.
/** All combinations are wanted, of whatever a test tries: `make test-long`. */
export const IS_WHOLE = process.env.MATRIX === 'all'

export type Axes = Readonly<Record<string, readonly (string | number)[]>>
export type Row<A extends Axes> = { readonly [Axis in keyof A]: A[Axis][number] }

/** All of them that are possible. */
export function combinations<A extends Axes>(axes: A, isPossible: (row: Row<A>) => boolean): Row<A>[] {
  let rows: Record<string, string | number>[] = [{}]
  for (const [axis, values] of Object.entries(axes))
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [axis]: value })))
  return (rows as Row<A>[]).filter(isPossible)
}

/** Each pair of values that meets in some of `rows` meets in one of these too. The same rows give the same choice. */
export function pairwise<R extends Readonly<Record<string, unknown>>>(rows: readonly R[]): R[] {
  const missing = new Set(rows.flatMap(pairsOf))
  const chosen: R[] = []
  while (missing.size > 0) {
    const gain = (row: R): number => pairsOf(row).filter((pair) => missing.has(pair)).length
    const best = rows.reduce((a, b) => (gain(b) > gain(a) ? b : a))
    for (const pair of pairsOf(best)) missing.delete(pair)
    chosen.push(best)
  }
  return chosen
}

function pairsOf(row: Readonly<Record<string, unknown>>): string[] {
  const cells = Object.entries(row).map(([axis, value]) => `${axis}=${value}`)
  return cells.flatMap((cell, index) => cells.slice(index + 1).map((other) => `${cell} ${other}`))
}
