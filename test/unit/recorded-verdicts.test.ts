// What real kernels did in broken labs is what the verifier says of them: a small part of the labs of test/verdicts, judged again without
// a lab. Chosen anew, where labs or verifier look otherwise than they did:
//   VERDICT_KEEP=FOLDER VERDICT_WORLDS=300 vitest run --project lab test/verdicts; node scripts/record-verdicts.ts FOLDER
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readPackedEvidence } from '../verdicts/evidence-file.ts'
import { FAULT_KINDS } from '../verdicts/fault-kind.ts'
import { judge } from '../verdicts/judge.ts'

const FOLDER = fileURLToPath(new URL('../verdicts/recorded/', import.meta.url))
const LABS = readdirSync(FOLDER)

test.each(LABS)('%s: what the verifier says is what its packets did', (name) => {
  const { trials, mismatches } = judge(readPackedEvidence(`${FOLDER}${name}`))
  expect(trials).toBeGreaterThan(0)
  expect(mismatches).toEqual([])
})

test('among them are all kinds of faults, pairs that speak and pairs that do not, of both families', () => {
  const all = LABS.map((name) => readPackedEvidence(`${FOLDER}${name}`))
  const faults = new Set(all.flatMap((one) => one.faults.map(({ kind }) => kind)))
  expect(FAULT_KINDS.filter((kind) => !faults.has(kind))).toEqual([])
  const seen = new Set(
    all.flatMap(({ trials, measured }) => trials.map(({ family }, nth) => `${family} ${measured[nth]?.answered}`)),
  )
  expect([...seen].sort()).toEqual(['4 false', '4 true', '6 false', '6 true'])
})
