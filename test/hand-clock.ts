// A clock that a test turns by hand.

export type HandClock = {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Calls once, later; returns how to call it off. */
  readonly after: (milliseconds: number, run: () => void) => () => void
  /** Lets so much time pass; what comes due runs in its order, and what that starts is waited for a little. */
  readonly turn: (milliseconds: number) => Promise<void>
  /** As somebody sets the clock of a machine: nothing comes due sooner or later for it. */
  readonly set: (now: number) => void
  /** Milliseconds until each that waits, ascending. */
  readonly waiting: () => readonly number[]
}

export function createHandClock(start = 1_800_000_000_000): HandClock {
  let elapsed = 0
  let offset = start
  let waiting: readonly { readonly at: number; readonly run: () => void }[] = []
  return {
    now: () => offset + elapsed,
    after(milliseconds, run) {
      const entry = { at: elapsed + milliseconds, run }
      waiting = [...waiting, entry]
      return () => {
        waiting = waiting.filter((other) => other !== entry)
      }
    },
    async turn(milliseconds) {
      const end = elapsed + milliseconds
      for (;;) {
        await settle()
        const [next] = waiting.toSorted((a, b) => a.at - b.at)
        if (next === undefined || next.at > end) break
        waiting = waiting.filter((other) => other !== next)
        elapsed = Math.max(elapsed, next.at)
        next.run()
      }
      elapsed = end
      await settle()
    },
    set(now) {
      offset = now - elapsed
    },
    waiting: () => waiting.map(({ at }) => at - elapsed).sort((a, b) => a - b),
  }
}

/** What a timer started goes on in promises and in setImmediate (the kernel in memory tells so). */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}
