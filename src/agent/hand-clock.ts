// A clock that a test turns by hand.
import type { Clock } from './clock.ts'

export type HandClock = Clock & {
  /** Lets so much time pass; what comes due runs in its order, and what that starts is waited for a little. */
  readonly turn: (milliseconds: number) => Promise<void>
  /** Somebody sets it; what waits does so as long as before. */
  readonly set: (now: number) => void
}

export function createHandClock(start = 1_800_000_000_000): HandClock {
  let now = start
  let waiting: readonly { readonly at: number; readonly run: () => void }[] = []
  return {
    now: () => now,
    after(milliseconds, run) {
      const entry = { at: now + milliseconds, run }
      waiting = [...waiting, entry]
      return () => {
        waiting = waiting.filter((other) => other !== entry)
      }
    },
    async turn(milliseconds) {
      const end = now + milliseconds
      for (;;) {
        await settle()
        const [next] = waiting.toSorted((a, b) => a.at - b.at)
        if (next === undefined || next.at > end) break
        waiting = waiting.filter((other) => other !== next)
        now = Math.max(now, next.at)
        next.run()
      }
      now = end
      await settle()
    },
    set(then) {
      waiting = waiting.map(({ at, run }) => ({ at: at - now + then, run }))
      now = then
    },
  }
}

/** What a timer started goes on in promises and in setImmediate (the kernel in memory tells so). */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}
