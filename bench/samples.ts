// Repeated measurements, and what to say of them.
import type { Figure, Unit } from './benchmark.ts'

export type Sampling<Prepared> = {
  readonly runs: number
  /** Runs before those that count: the engine compiles what it sees often. */
  readonly warmUps?: number
  /** As in a process that goes on: nothing is collected before a run, which leaves every cache cold; a run pays for the garbage that is due. */
  readonly isOngoing?: boolean
  /** Not measured. */
  readonly prepare: (run: number) => Prepared | Promise<Prepared>
  /** Measured, or, where it gives a number, asked how long it took (in milliseconds). */
  readonly run: (prepared: Prepared) => unknown
  /** Not measured. */
  readonly after?: (prepared: Prepared) => unknown
}

/** Milliseconds of each run. The heap is collected before each, so that no run pays for another's garbage, unless it is to be so. */
export async function sample<Prepared>(sampling: Sampling<Prepared>): Promise<readonly number[]> {
  const { runs, warmUps = 0, isOngoing = false, prepare, run, after } = sampling
  const times: number[] = []
  for (let index = -warmUps; index < runs; index++) {
    const prepared = await prepare(index + warmUps)
    if (!isOngoing) globalThis.gc?.()
    const startedAt = performance.now()
    const result = run(prepared)
    const said = result instanceof Promise ? await result : result
    const took = performance.now() - startedAt
    if (index >= 0) times.push(typeof said === 'number' ? said : took)
    await after?.(prepared)
  }
  return times
}

export const summary = (samples: readonly number[]): Pick<Figure, 'median' | 'p95' | 'p99' | 'best' | 'runs'> => ({
  median: percentile(samples, 50),
  p95: percentile(samples, 95),
  p99: percentile(samples, 99),
  best: Math.min(...samples),
  runs: samples.length,
})

export type FigureDetails = Pick<Figure, 'budget'> & {
  readonly unit?: Unit
  readonly peer?: { readonly name: string; readonly samples: readonly number[] } | undefined
}

export function figure(name: string, samples: readonly number[], details: FigureDetails = {}): Figure {
  const { unit = 'ms', budget, peer } = details
  return {
    name,
    unit,
    ...summary(samples),
    ...(budget !== undefined && { budget }),
    ...(peer && { peer: { name: peer.name, ...withoutRuns(summary(peer.samples)) } }),
  }
}

const withoutRuns = ({ runs: _, ...rest }: ReturnType<typeof summary>) => rest

/** The smallest sample that at least so many in a hundred do not exceed. */
export function percentile(samples: readonly number[], percent: number): number {
  const ascending = samples.toSorted((a, b) => a - b)
  return ascending[Math.max(0, Math.ceil((percent / 100) * ascending.length) - 1)] ?? Number.NaN
}
