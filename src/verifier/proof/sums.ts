// Sums of fingerprints by small numbers, emptied and filled again for thousands of units.
import { add, type Fingerprint } from './fingerprint.ts'

export type Sums = {
  /** What was added to since it was emptied, in that order. */
  readonly keys: readonly number[]
  readonly has: (key: number) => boolean
  readonly at: (key: number) => Fingerprint
  readonly add: (key: number, more: Fingerprint) => void
  readonly clear: () => void
}

/** `size`: keys are smaller than this. */
export function createSums(size: number): Sums {
  const values = new Float64Array(size)
  const isIn = new Uint8Array(size)
  const keys: number[] = []
  return {
    keys,
    has: (key) => isIn[key] === 1,
    at: (key) => values[key] ?? 0,
    add(key, more) {
      if (isIn[key] !== 1) {
        isIn[key] = 1
        keys.push(key)
      }
      values[key] = add(values[key] ?? 0, more)
    },
    clear() {
      for (const key of keys) {
        isIn[key] = 0
        values[key] = 0
      }
      keys.length = 0
    },
  }
}
