// Names of which something failed: tried again after 1 s, 2 s, 4 s … 1 min.

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000

export type FailurePauses = {
  /** In how many milliseconds its time comes; 0: now. */
  readonly pauseOf: (name: string) => number
  /** False where it failed with these words before: that was said. */
  readonly failed: (name: string, message: string) => boolean
  readonly succeeded: (name: string) => void
}

export function createFailurePauses(now: () => number): FailurePauses {
  const failing = new Map<string, { readonly count: number; readonly until: number; readonly message: string }>()
  return {
    pauseOf: (name) => Math.max(0, (failing.get(name)?.until ?? 0) - now()),
    failed(name, message) {
      const before = failing.get(name)
      const count = (before?.count ?? 0) + 1
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (count - 1), LONGEST_PAUSE_MS)
      failing.set(name, { count, until: now() + pause, message })
      return before?.message !== message
    },
    succeeded: (name) => void failing.delete(name),
  }
}
