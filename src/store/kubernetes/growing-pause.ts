// The pause before the next attempt at something that failed: longer each time, and not the same for everybody.

/** Milliseconds. */
const SHORTEST = 1_000
const LONGEST = 10_000

/**
 * Milliseconds. `spread` is from 0 to 1, and another for each program that asks the same server: what five thousand of them lost at
 * once comes back over as long as half the pause, instead of all in one moment.
 */
export const growingPause = (failures: number, spread: number): number =>
  Math.round(Math.min(SHORTEST * 2 ** Math.min(failures - 1, 10), LONGEST) * (0.5 + spread / 2))

/** From 0 to 1; the same for the same text. FNV-1a, 32 bits. */
export function spreadOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  // Names differ in their last letters, which FNV leaves in the low bits.
  return ((Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 8) & 0xffff) / 0x10000
}
