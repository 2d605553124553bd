// What somebody else changed or removed of ours, and was put back.
import { type Change, keyOf } from '../model/index.ts'

export type Drift = {
  /** Milliseconds since 1970. */
  readonly at: number
  /** `create`: it was gone; `update`: it was changed; `delete`: it was not ours to have. */
  readonly op: Change['op']
  readonly entry: string
}

export type DriftHistory = {
  readonly record: (changes: readonly Change[], at: number) => void
  /** Of what is no entry of the kernel. */
  readonly note: (drift: Drift) => void
  /** Since the agent started. */
  readonly total: () => number
  /** Newest first. */
  readonly latest: () => readonly Drift[]
}

const KEPT = 50

export function createDriftHistory(): DriftHistory {
  let latest: readonly Drift[] = []
  let total = 0
  const add = (fresh: readonly Drift[]): void => {
    latest = [...fresh.toReversed(), ...latest].slice(0, KEPT)
  }
  return {
    record(changes, at) {
      total += changes.length
      add(changes.slice(-KEPT).map(({ op, entry }) => ({ at, op, entry: keyOf(entry) })))
    },
    note(drift) {
      total++
      add([drift])
    },
    total: () => total,
    latest: () => latest,
  }
}
