// When to reconcile: one thing at a time is done to the kernel, and however many reasons come together, one more round serves
// them all.
import type { Clock } from './clock.ts'

export type ReconcileLoop = {
  /** Something may have changed: the world (at once), or the pods or the kernel (after a moment, as they do in crowds). */
  readonly trigger: (why: 'world' | 'pods' | 'kernel') => void
  /** Runs a round now and waits for it. */
  readonly runNow: () => Promise<void>
  /** Reads now what the kernel does not announce; nothing where something is at work already. */
  readonly readNow: () => Promise<void>
  /** When what is at work now began, in milliseconds since 1970; undefined: nothing is. */
  readonly workingSince: () => number | undefined
  /** Starts nothing more, and waits for what is at work. */
  readonly close: () => Promise<void>
}

export type RoundOutcome = {
  /** Milliseconds since 1970: when something must be tried again. */
  readonly tryAgainAt?: number | undefined
  /** Somebody else had changed what is ours. */
  readonly hasPutBack: boolean
}

export type ReconcileLoopOptions = {
  readonly clock: Clock
  /** One round. Never rejects. */
  readonly reconcile: () => Promise<RoundOutcome>
  /** Reads what the kernel does not announce (WireGuard, settings). Resolves with true where it is not as planned. Never rejects. */
  readonly readUnannounced: () => Promise<boolean>
}

const EVENT_PAUSE_MS = 5
/** After a round at least this long, so that a crowd of events (a pod a millisecond) does not make a round each. */
const BREATH_MS = 20
/** And so many times as long as the round took: in a crowd of pods their requests have more of the time than rounds. */
const BREATH_ROUNDS = 3
/** Twice as long after each round that put something back: against a program that undoes what we do, nobody would ever rest. */
const LONGEST_BREATH_MS = 1000
const UNANNOUNCED_EVERY_MS = 5000

export function openReconcileLoop({ clock, reconcile, readUnannounced }: ReconcileLoopOptions): ReconcileLoop {
  let isClosed = false
  let cancelRound = (): void => {}
  let roundAt = Number.POSITIVE_INFINITY
  let working: Promise<void> | undefined
  let workingSince: number | undefined
  let wanted: 'at-once' | 'later' | undefined
  let endedAt = 0
  let breathMs = BREATH_MS

  /** Brings the next round forward to this moment, unless it comes before anyway. */
  function schedule(at: number): void {
    if (isClosed || at >= roundAt) return
    cancelRound()
    roundAt = at
    cancelRound = clock.after(Math.max(0, at - clock.now()), () => {
      roundAt = Number.POSITIVE_INFINITY
      if (working === undefined) void round()
      else wanted ??= 'later'
    })
  }

  const afterBreath = (): number => Math.max(clock.now(), endedAt + breathMs)

  function work(task: () => Promise<void>): Promise<void> {
    workingSince = clock.now()
    working = task().finally(() => {
      working = undefined
      workingSince = undefined
      if (wanted !== undefined) schedule(wanted === 'at-once' ? clock.now() : afterBreath())
      wanted = undefined
    })
    return working
  }

  const round = (): Promise<void> =>
    work(async () => {
      const begunAt = clock.now()
      const { tryAgainAt, hasPutBack } = await reconcile()
      endedAt = clock.now()
      const least = Math.min(Math.max(BREATH_MS, BREATH_ROUNDS * (endedAt - begunAt)), LONGEST_BREATH_MS)
      breathMs = hasPutBack ? Math.min(Math.max(2 * breathMs, least), LONGEST_BREATH_MS) : least
      if (tryAgainAt !== undefined) schedule(tryAgainAt)
    })

  const readNow = async (): Promise<void> => {
    if (isClosed || working !== undefined) return
    await work(async () => {
      if (await readUnannounced()) schedule(clock.now())
    })
  }

  let cancelReading = (): void => {}
  const readLater = (): void => {
    cancelReading = clock.after(UNANNOUNCED_EVERY_MS, () => {
      if (isClosed) return
      readLater()
      void readNow()
    })
  }
  readLater()

  return {
    trigger(why) {
      if (working !== undefined) wanted = why === 'world' ? 'at-once' : (wanted ?? 'later')
      else schedule(why === 'world' ? clock.now() : Math.max(clock.now() + EVENT_PAUSE_MS, afterBreath()))
    },
    async runNow() {
      while (working !== undefined) await working
      if (!isClosed) await round()
    },
    readNow,
    workingSince: () => workingSince,
    async close() {
      isClosed = true
      cancelRound()
      cancelReading()
      await working
    },
  }
}
