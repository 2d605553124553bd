// A clock that a test turns by hand.

export type HandClock = {
  readonly now: () => number
  readonly after: (milliseconds: number, run: () => void) => () => void
  /** Lets so much time pass; what comes due runs in its order. */
  readonly turn: (milliseconds: number) => Promise<void>
  /** As somebody sets the clock of a machine: nothing comes due sooner or later for it. */
  readonly jump: (milliseconds: number) => void
  /** Milliseconds until each that waits. */
  readonly waiting: () => readonly number[]
}

export function createHandClock(): HandClock {
  let now = 0
  let offset = 1_800_000_000_000
  let waiting: readonly { readonly at: number; readonly run: () => void }[] = []
  return {
    now: () => now + offset,
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
        now = next.at
        next.run()
      }
      now = end
      await settle()
    },
    jump(milliseconds) {
      offset += milliseconds
    },
    waiting: () => waiting.map(({ at }) => at - now).sort((a, b) => a - b),
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
