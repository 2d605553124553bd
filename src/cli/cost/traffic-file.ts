// A traffic matrix: who sends how many bytes to whom, as YAML or CSV.
import { readFile } from 'node:fs/promises'
import { type Demand, type End, type Flow, flowsOf, type Residents, tryBytes } from '../../foresight/index.ts'
import { hint, hostPrefix, listNames, tryAddress, tryPrefix } from '../../model/index.ts'
import type { Issue } from '../../store/index.ts'
import { textIn } from './price-file.ts'
import { fieldsOf, readYamlValues } from './yaml-values.ts'

/** A line of the matrix with its place, to be read against whichever world it meets. */
export type TrafficRow = {
  readonly from: string
  readonly to: string
  readonly bytes: string
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Rejects where the file cannot be read. */
export async function readTraffic(
  file: string,
): Promise<{ readonly rows: readonly TrafficRow[]; readonly issues: readonly Issue[] }> {
  const text = await readFile(file, 'utf8')
  return /\.csv$/i.test(file) ? readCsv(file, text) : readYaml(file, text)
}

function readYaml(
  file: string,
  text: string,
): { readonly rows: readonly TrafficRow[]; readonly issues: readonly Issue[] } {
  const yaml = readYamlValues(file, text)
  const { root } = yaml
  if (root === undefined) return { rows: [], issues: yaml.issues }
  if (root.kind !== 'list' || root.items.length === 0) {
    yaml.add(root.offset, 'a traffic matrix is a list such as [{ from: aws-1, to: gcp-1, bytes: 10GB }]')
    return { rows: [], issues: yaml.issues }
  }
  const starts = lineStarts(text)
  const rows = root.items.map((item): TrafficRow => {
    const fields = fieldsOf(item, ['from', 'to', 'bytes'], 'a row of traffic', yaml)
    const [from = '', to = '', bytes = ''] = ['from', 'to', 'bytes'].map((name) => textIn(fields, name, item, yaml))
    const line = starts.findLastIndex((start) => start <= item.offset) + 1
    return { from, to, bytes, file, line, column: item.offset - (starts[line - 1] ?? 0) + 1 }
  })
  return { rows, issues: yaml.issues }
}

const lineStarts = (text: string): readonly number[] => [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]

function readCsv(
  file: string,
  text: string,
): { readonly rows: readonly TrafficRow[]; readonly issues: readonly Issue[] } {
  const [rows, issues]: [TrafficRow[], Issue[]] = [[], []]
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const cells = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
    const [from = '', to = '', bytes = ''] = cells
    if (line.trim() === '' || line.startsWith('#') || (rows.length === 0 && bytes.toLowerCase() === 'bytes')) continue
    const place = { file, line: index + 1, column: 1 }
    if (cells.length === 3 && cells.every((cell) => cell !== '')) rows.push({ from, to, bytes, ...place })
    else
      issues.push({
        ...place,
        message: `the line has ${cells.length} cells; expected from,to,bytes`,
        severity: 'error',
      })
  }
  if (rows.length === 0 && issues.length === 0)
    issues.push({ file, line: 1, column: 1, message: 'the file holds no line of from,to,bytes', severity: 'error' })
  return { rows, issues }
}

/** Of these nodes. */
export function flowsOfRows(
  residents: Residents,
  rows: readonly TrafficRow[],
): { readonly flows: readonly Flow[]; readonly issues: readonly Issue[] } {
  const [flows, issues]: [Flow[], Issue[]] = [[], []]
  for (const row of rows) {
    try {
      for (const flow of flowsOf(residents, demandOf(residents, row))) flows.push(flow)
    } catch (cause) {
      const { file, line, column } = row
      issues.push({
        file,
        line,
        column,
        message: cause instanceof Error ? cause.message : String(cause),
        severity: 'error',
      })
    }
  }
  return { flows, issues }
}

function demandOf(residents: Residents, { from, to, bytes }: TrafficRow): Demand {
  const count = tryBytes(bytes)
  if (count === undefined)
    throw new Error(`bytes is "${bytes}"; expected a number of bytes such as 1500, 10GB or 1.5TiB`)
  return { from: endOf(residents, from), to: endOf(residents, to), bytes: count }
}

function endOf({ owned, sites }: Residents, text: string): End {
  const [, kind, named = ''] = /^(node|site)[/ ](.+)$/i.exec(text) ?? []
  if (kind !== undefined) return { kind: kind.toLowerCase() === 'node' ? 'node' : 'site', name: named }
  if (text === 'outside') return { kind: 'outside' }
  const address = tryAddress(text)
  const prefix = address === undefined ? tryPrefix(text) : hostPrefix(address)
  if (prefix !== undefined) return { kind: 'prefix', prefix }
  const members = sites.get(text)
  if (members !== undefined && owned.has(text) && (members.length > 1 || members[0] !== text))
    throw new Error(`${text} is a node and a site; write node/${text} or site/${text}`)
  if (owned.has(text)) return { kind: 'node', name: text }
  if (members !== undefined) return { kind: 'site', name: text }
  const names = [...owned.keys(), ...sites.keys()]
  throw new Error(
    `nothing is called ${text}; expected a node, a site, a prefix or outside, and there are ${listNames(sites.keys())}${hint(text, names)}`,
  )
}
