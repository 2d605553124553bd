// When to give memory back: to read thousands of nodes takes many times the memory that is kept of them.
import type { Clock } from './clock.ts'

const EVERY_MS = 30_000
const AFTER_MS = 2000

export type MemoryRelease = { readonly ask: () => void; readonly close: () => void }

/** Releases a moment after it was first asked for, and then not for a while: it stops the agent for some 30 ms. */
export function releaseSometimes(clock: Clock, release: () => void): MemoryRelease {
  let cancel: (() => void) | undefined
  let releasedAt = 0
  return {
    ask() {
      const at = Math.max(clock.now() + AFTER_MS, releasedAt + EVERY_MS)
      cancel ??= clock.after(at - clock.now(), () => {
        cancel = undefined
        releasedAt = clock.now()
        release()
      })
    },
    close: () => cancel?.(),
  }
}
