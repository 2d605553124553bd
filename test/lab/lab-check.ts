// The lab's own check, of a lab that is up: every pair with real packets.
import { expect } from 'vitest'
import { checkPairs, readEnds, waitUntilReady } from '../../src/lab/index.ts'
import type { LabUnderTest } from './lab-under-test.ts'

/** All arrive; how many there were. */
export async function expectAllPairs(lab: LabUnderTest): Promise<number> {
  const { pairs, failed } = await checkPairs(await readEnds(lab.record()), AbortSignal.timeout(240_000))
  expect(failed).toEqual([])
  return pairs.length
}

/** Every agent says that it is done. */
export async function expectReady(lab: LabUnderTest): Promise<void> {
  expect(await waitUntilReady(lab.record(), 120_000, AbortSignal.timeout(180_000))).toEqual([])
}
