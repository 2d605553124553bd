// When to give memory back: to read thousands of nodes takes many times the memory that is kept of them.
import type { Clock } from './clock.ts'

const EVERY_MS = 30_000
const AFTER_MS = 2000

/** Runs a moment after it was first asked for, and then not for a while: it stops the agent for some 30 ms. */
export function releaseSometimes(clock: Clock, release: () => void): () => void {
  let isWaiting = false
  let releasedAt = 0
  return () => {
    if (isWaiting) return
    isWaiting = true
    const at = Math.max(clock.now() + AFTER_MS, releasedAt + EVERY_MS)
    clock.after(at - clock.now(), () => {
      isWaiting = false
      releasedAt = clock.now()
      release()
    })
  }
}
