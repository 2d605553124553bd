// Keeps the snapshot on disk up to date, at most once a second: a World of thousands of nodes is megabytes.
import type { Clock } from './clock.ts'
import type { Log } from './secret-log.ts'
import { type Snapshot, writeSnapshot } from './snapshot.ts'

export type SnapshotKeeper = {
  /** Something in it changed: written in a moment, or a second after the last time. */
  readonly keep: () => void
  /** Writes what waits. */
  readonly close: () => Promise<void>
}

export type SnapshotKeeperOptions = {
  readonly path: string
  /** Undefined: there is nothing yet that is worth keeping. */
  readonly current: () => Snapshot | undefined
  readonly clock: Clock
  readonly log: Log
}

const PAUSE_MS = 1000
/** What changed comes into the kernel first. */
const AFTER_MS = 200

export function createSnapshotKeeper({ path, current, clock, log }: SnapshotKeeperOptions): SnapshotKeeper {
  let isWanted = false
  let isClosed = false
  let cancelPause: (() => void) | undefined
  let writtenAt = Number.NEGATIVE_INFINITY
  let writing: Promise<void> | undefined

  async function write(): Promise<void> {
    const snapshot = current()
    isWanted = false
    if (snapshot === undefined) return
    try {
      await writeSnapshot(path, snapshot)
    } catch (cause) {
      isWanted = true
      log.warn(
        { cause, path },
        'cannot write the snapshot; trying again. Without it a restart has to wait for the store',
      )
    }
  }

  function start(): void {
    if (isClosed || writing !== undefined || cancelPause !== undefined) return
    cancelPause = clock.after(Math.max(AFTER_MS, writtenAt + PAUSE_MS - clock.now()), () => {
      cancelPause = undefined
      writing = write().finally(() => {
        writing = undefined
        writtenAt = clock.now()
        if (isWanted) start()
      })
    })
  }

  return {
    keep() {
      isWanted = true
      start()
    },
    async close() {
      isClosed = true
      cancelPause?.()
      await writing
      if (isWanted) await write()
    },
  }
}
