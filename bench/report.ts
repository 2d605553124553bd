// What a run found, as a table for people and as JSON for whoever compares runs.
import { type Figure, verdictOf } from './benchmark.ts'
import { load, type MachineFacts, machineFacts } from './machine.ts'

export type Report = {
  readonly startedAt: string
  readonly isQuick: boolean
  readonly machine: MachineFacts
  readonly benchmarks: readonly BenchmarkReport[]
}

export type BenchmarkReport = {
  readonly name: string
  readonly about: string
  /** Of the last minute, before and after. */
  readonly load: { readonly before: number; readonly after: number }
  readonly notes: readonly string[]
  readonly figures: readonly Figure[]
  /** Why there are no figures. */
  readonly error?: string
}

export const emptyReport = (startedAt: Date, isQuick: boolean): Report => ({
  startedAt: startedAt.toISOString(),
  isQuick,
  machine: machineFacts(),
  benchmarks: [],
})

export const currentLoad = load

/** JSON with times to a thousandth: more digits are noise, and make every line of a difference. */
export function reportJson(report: Report): string {
  const withVerdicts = {
    ...report,
    benchmarks: report.benchmarks.map((benchmark) => ({
      ...benchmark,
      figures: benchmark.figures.map((figure) => {
        const verdict = verdictOf(figure)
        return {
          ...figure,
          ...(figure.peer && { ratioToPeer: figure.median / figure.peer.median }),
          ...(verdict && { verdict }),
        }
      }),
    })),
  }
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' ? Math.round(value * 1000) / 1000 : value
  return `${JSON.stringify(withVerdicts, rounded, 2)}\n`
}

export function machineText({ machine, startedAt }: Report): string {
  const { cpu, cores, memoryMb, kernel, node, revision } = machine
  return `${startedAt}  ${cpu}, ${cores} cores, ${memoryMb} MB, Linux ${kernel}, node ${node}, ${revision}`
}

const COLUMNS = ['', 'median', 'p95', 'p99', 'best', 'budget', '', 'peer', 'ours/peer'] as const

export function benchmarkText({ name, about, load, notes, figures, error }: BenchmarkReport): string {
  const rows = [COLUMNS, ...figures.map(rowOf)]
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, column) => (column === 0 || column > 5 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`.trimEnd()
  return [
    `${name}: ${about} (load ${load.before} to ${load.after})`,
    ...(figures.length === 0 ? [] : rows.map(line)),
    ...notes.map((note) => `  * ${note}`),
    ...(error === undefined ? [] : [`  ! ${error}`]),
  ].join('\n')
}

function rowOf(figure: Figure): readonly string[] {
  const { name, unit, median, p95, p99, best, peer } = figure
  return [
    name,
    `${amount(median)} ${unit}`,
    amount(p95),
    amount(p99),
    amount(best),
    budgetText(figure),
    verdictOf(figure) ?? '',
    peer === undefined ? '' : `${peer.name}: ${amount(peer.median)} ${unit}`,
    peer === undefined ? '' : (median / peer.median).toFixed(2),
  ]
}

function budgetText({ budget, unit }: Figure): string {
  if (budget === undefined) return ''
  if (typeof budget === 'object') return `${budget.ofPeer} of peer`
  return budget === 'below peer' ? budget : `${amount(budget)} ${unit}`
}

/** Three digits that count. */
const amount = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)
