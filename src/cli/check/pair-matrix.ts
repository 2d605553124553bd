// Who reaches whom, as a table: one row a node that asks, one column a node that is asked.
import type { NodeProbes } from './judge-probes.ts'
import { isOfPair } from './judge-probes.ts'
import type { ProbePlan } from './probe-plan.ts'

/** More do not fit beside each other. */
const MOST_COLUMNS = 12

/** Undefined: there is nothing to see, or too much. `ok`, or the probes that did not come back. */
export function pairMatrix(probes: readonly NodeProbes[], { pods }: ProbePlan): string | undefined {
  const hasFailures = probes.some(({ report }) => report.failures.some(isOfPair))
  if (!hasFailures || pods.length > MOST_COLUMNS || probes.length > MOST_COLUMNS) return undefined
  const rows = probes.map(({ node, report }) => [
    node,
    ...pods.map(({ node: to }) => {
      const words = report.failures
        .filter((one) => isOfPair(one) && one.to === to)
        .map(({ probe, family }) => `${probe}/${family}`)
      return words.length === 0 ? 'ok' : words.length > 2 ? 'none' : words.join(' ')
    }),
  ])
  const table = [['from \\ to', ...pods.map(({ node }) => node)], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
