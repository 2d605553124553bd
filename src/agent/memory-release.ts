// When to give memory back: to read thousands of nodes takes many times the memory that is kept of them, and a crowd of pods leaves
// some behind in every thread.
import type { Clock } from './clock.ts'

const EVERY_MS = 30_000
const AFTER_MS = 2000

export type MemoryRelease = { readonly ask: () => void; readonly close: () => void }

/**
 * Releases a moment after it was first asked for, and then not for a while: it stops the agent for some 30 ms. `isBusy`: somebody
 * would have to wait that long.
 */
export function releaseSometimes(clock: Clock, release: () => void, isBusy = (): boolean => false): MemoryRelease {
  let cancel: (() => void) | undefined
  let releasedAt = 0

  function releaseOrWait(): void {
    cancel = isBusy() ? clock.after(AFTER_MS, releaseOrWait) : undefined
    if (cancel !== undefined) return
    releasedAt = clock.now()
    release()
  }

  return {
    ask() {
      const at = Math.max(clock.now() + AFTER_MS, releasedAt + EVERY_MS)
      cancel ??= clock.after(at - clock.now(), releaseOrWait)
    },
    close: () => cancel?.(),
  }
}
