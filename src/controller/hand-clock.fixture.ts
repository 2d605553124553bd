// A clock that a test turns by hand.
import type { ControllerClock } from './controller-clock.ts'

export type HandClock = ControllerClock & {
  /** Lets so much time pass; what comes due runs in its order, and what that starts is waited for a little. */
  readonly turn: (milliseconds: number) => Promise<void>
  /** As somebody sets the machine's clock: no timer is due sooner or later for it. */
  readonly set: (now: number) => void
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
    set(now) {
      offset = now - elapsed
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
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}
