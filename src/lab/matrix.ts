// The result of a run as a person reads it: the pairs that arrived, the meter, what was heard in the clear.
import type { End, Failed, Pair } from './probe-end.ts'
import type { LabResult } from './result.ts'

/** More ends than this are summed up by node. */
const MOST_COLUMNS = 20
const MOST_REASONS = 20

/** One row a sender, one column a receiver: how many of the pairs arrived. */
export function renderMatrix(pairs: readonly Pair[], failed: readonly Failed[]): string {
  const ends = [...new Set(pairs.flatMap(({ from, to }) => [from, to]))]
  const titleOf = ends.length > MOST_COLUMNS ? ({ node }: End) => node : ({ name }: End) => name
  const titles = [...new Set(ends.map(titleOf))]
  const broken = new Set(failed.map(keyOf))
  const cells = new Map<string, { arrived: number; tried: number }>()
  for (const pair of pairs) {
    const key = cellOf(titleOf(pair.from), titleOf(pair.to))
    const cell = cells.get(key) ?? { arrived: 0, tried: 0 }
    const arrived = broken.has(keyOf({ from: pair.from.name, to: pair.to.name, family: pair.family })) ? 0 : 1
    cells.set(key, { arrived: cell.arrived + arrived, tried: cell.tried + 1 })
  }
  const rows = titles.map((from) => [from, ...titles.map((to) => cellText(cells.get(cellOf(from, to))))])
  return table([['from \\ to', ...titles], ...rows])
}

const cellOf = (from: string, to: string): string => `${from} ${to}`
const keyOf = ({ from, to, family }: Pick<Failed, 'from' | 'to' | 'family'>): string => `${from} ${to} ${family}`
const cellText = (cell: { arrived: number; tried: number } | undefined): string =>
  cell === undefined ? '-' : cell.arrived === cell.tried ? `${cell.tried}` : `${cell.arrived}/${cell.tried}`

/** All of it; `examples` are packets heard in the clear. */
export function renderResult(result: LabResult, pairs: readonly Pair[], examples: readonly string[]): string {
  const arrived = result.pairs - new Set(result.failed.map(keyOf)).size
  const { up, converged, down } = result.seconds
  return [
    renderMatrix(pairs, result.failed),
    '',
    `${arrived} of ${result.pairs} pairs arrived: echo, echo at full MTU, TCP both ways, own address seen`,
    ...result.failed.slice(0, MOST_REASONS).map(failureLine),
    ...(result.failed.length > MOST_REASONS ? [`  and ${result.failed.length - MOST_REASONS} more`] : []),
    '',
    `across the internet: ${result.internetBytes} bytes; if every pair used public addresses: about ${result.internetBytesIfAllPublic}`,
    ...Object.entries(result.internetBytesByClouds).map(([pair, bytes]) => `  ${pair.replace('>', ' > ')}  ${bytes}`),
    `${result.clearTextPackets} packets in the clear`,
    ...examples.map((example) => `  ${example}`),
    ...(result.wireguard ? [`wireguard: ${result.wireguard}`] : []),
    ...(result.error ? [`fell short: ${result.error}`] : []),
    `up ${up} s, converged ${converged} s, down ${down} s`,
    '',
  ].join('\n')
}

const failureLine = ({ from, to, family, probe, reason }: Failed): string =>
  `  ${from} -> ${to} IPv${family} ${probe}: ${reason}`

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  return rows.map((row) => line(row).trimEnd()).join('\n')
}
