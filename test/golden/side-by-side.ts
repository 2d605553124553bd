// Two texts in two columns, so that a failed comparison can be read.

/** Lines kept around a difference, so that it can be found. */
const CONTEXT = 3
/** Past this many lines that differ nobody reads on. */
const MOST_LINES = 200
const WIDEST = 90

/** Two columns with a `|` where they differ, `<` and `>` where only one goes on; stretches that are alike are left out. */
export function sideBySide(golden: string, text: string): string {
  const rows = align(golden.split('\n'), text.split('\n'))
  const differs = rows.map(([left, right]) => left !== right)
  const shown = rows.map((_, index) => differs.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(Boolean))
  const width = Math.min(
    WIDEST,
    Math.max(12, ...rows.filter((_, index) => shown[index]).map(([left]) => left?.length ?? 0)),
  )
  const lines = [`  ${'checked in'.padEnd(width)}   now`]
  for (const [index, [left, right]] of rows.entries()) {
    if (!shown[index]) {
      if (index === 0 || shown[index - 1]) lines.push('  …')
      continue
    }
    const sign = left === right ? ' ' : left === undefined ? '>' : right === undefined ? '<' : '|'
    lines.push(
      `  ${(left ?? '').replaceAll('\t', '  ').padEnd(width)} ${sign} ${(right ?? '').replaceAll('\t', '  ')}`.trimEnd(),
    )
    if (lines.length > MOST_LINES) return [...lines, '  … and more'].join('\n')
  }
  return lines.join('\n')
}

type Row = readonly [left: string | undefined, right: string | undefined]

/** Pairs equal lines by a longest common subsequence of what lies between the common beginning and end. */
function align(left: readonly string[], right: readonly string[]): Row[] {
  let start = 0
  while (start < left.length && start < right.length && left[start] === right[start]) start++
  let end = 0
  const spare = Math.min(left.length, right.length) - start
  while (end < spare && left[left.length - 1 - end] === right[right.length - 1 - end]) end++
  const alike = (lines: readonly string[]): Row[] => lines.map((line) => [line, line])
  const middle = alignMiddle(left.slice(start, left.length - end), right.slice(start, right.length - end))
  return [...alike(left.slice(0, start)), ...middle, ...alike(left.slice(left.length - end))]
}

/** Beyond this many pairs of lines the texts have little in common, and line stands by line. */
const MOST_PAIRS = 4_000_000

function alignMiddle(left: readonly string[], right: readonly string[]): Row[] {
  if (left.length * right.length > MOST_PAIRS)
    return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => [left[index], right[index]])
  // common[l][r]: how many lines left from l and right from r have in common, in order.
  const common = Array.from({ length: left.length + 1 }, () => new Uint32Array(right.length + 1))
  const at = (l: number, r: number) => common[l]?.[r] ?? 0
  for (let l = left.length - 1; l >= 0; l--)
    for (let r = right.length - 1; r >= 0; r--) {
      const row = common[l]
      if (row) row[r] = left[l] === right[r] ? at(l + 1, r + 1) + 1 : Math.max(at(l + 1, r), at(l, r + 1))
    }
  const rows: Row[] = []
  let removed: string[] = []
  let added: string[] = []
  const flush = () => {
    for (let index = 0; index < Math.max(removed.length, added.length); index++)
      rows.push([removed[index], added[index]])
    removed = []
    added = []
  }
  for (let l = 0, r = 0; l < left.length || r < right.length; ) {
    const [one, other] = [left[l], right[r]]
    if (one !== undefined && one === other) {
      flush()
      rows.push([one, other])
      l++
      r++
    } else if (other === undefined || (one !== undefined && at(l + 1, r) >= at(l, r + 1))) {
      if (one !== undefined) removed.push(one)
      l++
    } else {
      added.push(other)
      r++
    }
  }
  flush()
  return rows
}
