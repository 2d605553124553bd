// Columns as wide as they must be; the last one is not padded.

export function textTable(
  rows: readonly (readonly string[])[],
  head: readonly string[] | undefined,
  indent: string,
): string {
  const lines = head === undefined ? rows : [head, ...rows]
  const widths = (lines[0] ?? []).map((_, column) =>
    lines.reduce((widest, line) => Math.max(widest, line[column]?.length ?? 0), 0),
  )
  return lines
    .map((line) => `${indent}${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n')
}
