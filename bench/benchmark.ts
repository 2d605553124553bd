// What a benchmark is: it measures, and gives figures; nothing of it is left on the machine, whatever happens.

export type Benchmark = {
  /** What `--only` takes. */
  readonly name: string
  /** Says what is measured and beside what. */
  readonly about: string
  readonly needsRoot: boolean
  readonly run: (bench: Bench) => Promise<readonly Figure[]>
}

/** What a benchmark is handed. */
export type Bench = {
  /** Small enough to show that all works; the figures mean little. */
  readonly isQuick: boolean
  /** Run in reverse order when the benchmark is over, also where it failed or was interrupted. */
  readonly defer: (cleanUp: () => unknown) => void
  /** A folder for this benchmark, removed with it. */
  readonly folder: string
  /** Said in the report beside the figures: a peer that is not installed, a device that the kernel lacks. */
  readonly note: (text: string) => void
}

export type Unit = 'ms' | 'MB' | 'KiB' | 's' | 'files'

/** One line of the report. Lower is better. */
export type Figure = {
  readonly name: string
  readonly unit: Unit
  readonly median: number
  readonly p95: number
  readonly p99: number
  readonly best: number
  readonly runs: number
  /** What we allow ourselves: at most this, less than the peer, or this share of it. */
  readonly budget?: Budget
  /** Another program that did the same in the same run. */
  readonly peer?: { readonly name: string } & Pick<Figure, 'median' | 'p95' | 'p99' | 'best'>
}

export type Budget = number | 'below peer' | { readonly ofPeer: number }

export type Verdict = 'within' | 'over'

/** Whether the median keeps the budget; undefined where there is none, or no peer to hold against. */
export function verdictOf({ median, budget, peer }: Figure): Verdict | undefined {
  const bound =
    typeof budget === 'object' ? peer && budget.ofPeer * peer.median : budget === 'below peer' ? peer?.median : budget
  return bound === undefined ? undefined : median <= bound ? 'within' : 'over'
}
