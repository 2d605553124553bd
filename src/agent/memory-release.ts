// When to give memory back: to read thousands of nodes takes many times the memory that is kept of them, and a crowd of pods leaves
// some behind in every thread.
import type { Clock } from './clock.ts'

const EVERY_MS = 30_000
const AFTER_MS = 2000
/** As long as it has not grown by this, there is hardly anything to give back, and looking for it takes longer than most changes do. */
const GROWTH = 1.05
const ANYWAY_MS = 600_000

export type MemoryRelease = { readonly ask: () => void; readonly close: () => void }

export type MemoryReleaseOptions = {
  readonly clock: Clock
  readonly release: () => Promise<void> | void
  /** Somebody would have to wait. */
  readonly isBusy?: () => boolean
  /** Of the whole process, in RAM. */
  readonly residentBytes: () => number
}

/**
 * Releases a moment after it was first asked for, and then not for a while, nor soon where there is hardly more to give back: it stops the
 * agent for 30 ms and more.
 */
export function releaseSometimes({
  clock,
  release,
  isBusy = () => false,
  residentBytes,
}: MemoryReleaseOptions): MemoryRelease {
  let leftBytes = 0
  let cancel: (() => void) | undefined
  let releasedAt = 0

  function releaseOrWait(): void {
    cancel = isBusy() ? clock.after(AFTER_MS, releaseOrWait) : undefined
    if (cancel !== undefined) return
    if (residentBytes() < leftBytes * GROWTH && clock.now() < releasedAt + ANYWAY_MS) return
    releasedAt = clock.now()
    void Promise.resolve(release()).then(() => {
      leftBytes = residentBytes()
    })
  }

  return {
    ask() {
      const at = Math.max(clock.now() + AFTER_MS, releasedAt + EVERY_MS)
      cancel ??= clock.after(at - clock.now(), releaseOrWait)
    },
    close: () => cancel?.(),
  }
}
