// The files beside the world that `damask cost` reads, with all that is wrong in them said.
import type { Flow, PriceList } from '../../foresight/index.ts'
import type { Issue } from '../../store/index.ts'
import type { Terminal } from '../terminal.ts'
import type { CostedWorld } from './costed-world.ts'
import { NO_PRICES, readPrices } from './price-file.ts'
import { flowsOfRows, readTraffic, type TrafficRow } from './traffic-file.ts'

export type Inputs = { readonly prices: PriceList; readonly rows: readonly TrafficRow[] | undefined }

/** Undefined, with exit code 2, where a file cannot be read or is wrong. */
export async function readInputs(
  { traffic, prices }: { readonly traffic?: string; readonly prices?: string },
  terminal: Terminal,
): Promise<Inputs | undefined> {
  const read = async <T>(file: string, what: string, reading: Promise<T>): Promise<T | undefined> =>
    reading.catch((cause: unknown) => {
      terminal.printError(`cannot read ${what} of ${file}: ${cause instanceof Error ? cause.message : cause}`)
      terminal.setExitCode(2)
      return undefined
    })
  const list =
    prices === undefined ? { prices: NO_PRICES, issues: [] } : await read(prices, 'the prices', readPrices(prices))
  const matrix =
    traffic === undefined ? { rows: undefined, issues: [] } : await read(traffic, 'the traffic', readTraffic(traffic))
  if (list === undefined || matrix === undefined || (await refuse([...list.issues, ...matrix.issues], terminal)))
    return undefined
  return { prices: list.prices, rows: matrix.rows }
}

/** The same where a row names what this world has not. */
export async function readFlows(
  { ways, residents }: CostedWorld,
  { unitBytes }: PriceList,
  rows: readonly TrafficRow[] | undefined,
  terminal: Terminal,
): Promise<readonly Flow[] | undefined> {
  const { flowsOfAllPairs, fraction } = await import('../../foresight/index.ts')
  if (rows === undefined) return flowsOfAllPairs(ways, fraction(unitBytes))
  const { flows, issues } = flowsOfRows(residents, rows)
  return (await refuse(issues, terminal)) ? undefined : flows
}

/** True where there was something to refuse. */
async function refuse(issues: readonly Issue[], { printError, setExitCode }: Terminal): Promise<boolean> {
  if (issues.length === 0) return false
  const { formatIssue } = await import('../../store/index.ts')
  for (const issue of issues) printError(formatIssue(issue))
  setExitCode(2)
  return true
}
