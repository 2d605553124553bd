// A table whose columns are numbers from one on, up to where text begins again: numbers stand under each other at their right ends.
import { textTable } from '../text-table.ts'

export function numberTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  {
    numbersFrom,
    textFrom = head.length,
    indent,
  }: { readonly numbersFrom: number; readonly textFrom?: number; readonly indent: string },
): string {
  const widths = head.map((word, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), word.length),
  )
  const align = (row: readonly string[]): readonly string[] =>
    row.map((cell, column) => (column < numbersFrom || column >= textFrom ? cell : cell.padStart(widths[column] ?? 0)))
  return textTable(rows.map(align), align(head), indent)
}
