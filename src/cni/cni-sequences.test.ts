// Random requests, faults and crashes, against a model: whatever comes, no address is held twice, none is lost, and what
// was answered is so. LAW_RUNS asks for ten times as many sequences.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, test } from 'vitest'
import { beginSequence } from './sequence.fixture.ts'
import { sequence } from './sequence-steps.fixture.ts'

const RUNS = 10 * Number(process.env.LAW_RUNS ?? 1000)
/** At once: most of the time of each goes by waiting for a file. */
const LANES = 16

// In memory where there is such a place: what a crash leaves of a file is cut by the test itself.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'damask-sequences-'))
afterAll(() => rmSync(folder, { recursive: true }))
let count = 0

test(`${RUNS} random sequences of ADD, DEL, CHECK, GC, faults and crashes leave every pod and address as they should be`, async () => {
  const law = fc.asyncProperty(sequence, async ({ steps, compactFromLines, cut }) => {
    const run = await beginSequence({ folder: join(folder, String(count++)), compactFromLines, cut })
    try {
      for (const step of steps) await run.take(step)
      await run.end()
    } finally {
      await run.close()
    }
  })
  const { seed } = fc.readConfigureGlobal()
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    fc.assert(law, { numRuns: Math.ceil(RUNS / LANES), ...(seed !== undefined && { seed: seed + lane }) }),
  )
  for (const outcome of await Promise.allSettled(lanes)) if (outcome.status === 'rejected') throw outcome.reason
})
