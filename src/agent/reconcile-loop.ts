// When to reconcile: one round at a time, and however many reasons come together, one more round serves them all.
import type { Clock } from './clock.ts'

export type ReconcileLoop = {
  /** Something may have changed: the world, the pods (at once), or the kernel (after a moment, as events come in crowds). */
  readonly trigger: (why: 'world' | 'pods' | 'kernel') => void
  /** Runs a round now and waits for it. */
  readonly runNow: () => Promise<void>
  /** When the round that runs now began, in milliseconds since 1970; undefined: none runs. */
  readonly runningSince: () => number | undefined
  /** Starts nothing more, and waits for what runs. */
  readonly close: () => Promise<void>
}

export type ReconcileLoopOptions = {
  readonly clock: Clock
  /** One round. Resolves with the time (milliseconds since 1970) at which something must be tried again. Never rejects. */
  readonly reconcile: () => Promise<number | undefined>
  /** Reads what the kernel does not announce (WireGuard, settings). Resolves with true where it is not as planned. */
  readonly readUnannounced: () => Promise<boolean>
}

const EVENT_PAUSE_MS = 5
/** After a round at least this long, so that a crowd of events (a pod a millisecond) does not make a round each. */
const BREATH_MS = 20
const UNANNOUNCED_EVERY_MS = 5000

export function openReconcileLoop({ clock, reconcile, readUnannounced }: ReconcileLoopOptions): ReconcileLoop {
  let isClosed = false
  let cancelRound = (): void => {}
  let roundAt = Number.POSITIVE_INFINITY
  let running: Promise<void> | undefined
  let runningSince: number | undefined
  let endedAt = 0
  let isWantedAgain = false

  /** Brings the next round forward to this moment, unless it comes before anyway. */
  function schedule(at: number): void {
    if (isClosed || at >= roundAt) return
    cancelRound()
    roundAt = at
    cancelRound = clock.after(Math.max(0, at - clock.now()), () => {
      roundAt = Number.POSITIVE_INFINITY
      if (running === undefined) void round()
      else isWantedAgain = true
    })
  }

  function round(): Promise<void> {
    runningSince = clock.now()
    running = reconcile().then((tryAgainAt) => {
      running = undefined
      runningSince = undefined
      endedAt = clock.now()
      if (tryAgainAt !== undefined) schedule(tryAgainAt)
      if (isWantedAgain) schedule(endedAt)
      isWantedAgain = false
    })
    return running
  }

  let cancelReading = (): void => {}
  const readUnannouncedLater = (): void => {
    cancelReading = clock.after(UNANNOUNCED_EVERY_MS, async () => {
      const hasDrifted = running === undefined && (await readUnannounced())
      if (isClosed) return
      if (hasDrifted) schedule(clock.now())
      readUnannouncedLater()
    })
  }
  readUnannouncedLater()

  return {
    trigger(why) {
      const now = clock.now()
      schedule(why === 'kernel' ? Math.max(now + EVENT_PAUSE_MS, endedAt + BREATH_MS) : now)
    },
    async runNow() {
      while (running !== undefined) await running
      if (!isClosed) await round()
    },
    runningSince: () => runningSince,
    async close() {
      isClosed = true
      cancelRound()
      cancelReading()
      await running
    },
  }
}
