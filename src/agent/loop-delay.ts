// How long the event loop keeps others waiting while pods are asked for: what blocks it shows here. At rest nothing is measured,
// and nothing wakes the agent.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Clock } from './clock.ts'

export type LoopDelay = {
  /** There is something to do: measures from now until a while after. */
  readonly note: () => void
  /** Whether that while has not passed yet. */
  readonly isMeasuring: () => boolean
  /** The worst since it was last read. Undefined: nothing was measured. */
  readonly read: () => LoopDelays | undefined
  readonly close: () => void
}

/** Seconds by which the loop was late, by quantile; 1: at most. */
export type LoopDelays = Readonly<Record<0.5 | 0.99 | 1, number>>

const NS_PER_SECOND = 1e9
/** What is blocked for a shorter time is not seen. */
const INTERVAL_MS = 1
const QUIET_MS = 5000

export function measureLoopDelay(clock: Clock): LoopDelay {
  let monitor: ReturnType<typeof monitorEventLoopDelay> | undefined
  let worst: LoopDelays | undefined
  let quietAt = 0
  let cancel: (() => void) | undefined

  /** Takes over what was measured: it would be lost when the monitor is enabled again. */
  function gather(): void {
    if (monitor === undefined || monitor.count === 0) return
    const measured = monitor
    const late = (quantile: keyof LoopDelays): number =>
      Math.max(worst?.[quantile] ?? 0, measured.percentile(100 * quantile) / NS_PER_SECOND - INTERVAL_MS / 1000)
    worst = { 0.5: late(0.5), 0.99: late(0.99), 1: late(1) }
    monitor.reset()
  }

  function stopWhenQuiet(): void {
    const left = quietAt - clock.now()
    cancel = undefined
    if (left > 0) {
      cancel = clock.after(left, stopWhenQuiet)
      return
    }
    gather()
    monitor?.disable()
  }

  return {
    note() {
      quietAt = clock.now() + QUIET_MS
      if (cancel !== undefined) return
      monitor ??= monitorEventLoopDelay({ resolution: INTERVAL_MS })
      monitor.enable()
      cancel = clock.after(QUIET_MS, stopWhenQuiet)
    },
    isMeasuring: () => cancel !== undefined,
    read() {
      gather()
      const read = worst
      worst = undefined
      return read
    },
    close() {
      cancel?.()
      monitor?.disable()
    },
  }
}
