// The verifier against the truth: random small labs, broken in random ways, and every pair of pods, machines and the internet tried
// with real packets. They are the same labs at every run; LAW_SEED has others (a number, or random), VERDICT_WORLDS more of them,
// VERDICT_ONLY one alone, by its number. VERDICT_KEEP=FOLDER keeps what was seen, and VERDICT_FROM=FOLDER judges that in place of labs.
import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { allEnded } from '../../src/lab/all-ended.ts'
import { keepEvidence, tryKeptEvidence } from './evidence-file.ts'
import { FAULT_KINDS } from './fault-kind.ts'
import { type Judgement, judge } from './judge.ts'
import { type LabShape, labShapes } from './lab-shape.ts'
import { tryLab } from './try-lab.ts'

const { LAW_SEED = '20261122', VERDICT_WORLDS = '20', VERDICT_ONLY, VERDICT_KEEP, VERDICT_FROM } = process.env
const SEED = LAW_SEED === 'random' ? randomInt(0x7fff_ffff) : Number(LAW_SEED)
const WORLDS = Number(VERDICT_WORLDS)
const IS_LONG = WORLDS >= 300
const LEAST_OF_EACH_FAULT = 20
/** Most of the time of a broken lab is waiting. */
const AT_ONCE = 8
const MOST_SHOWN = 12
const MOST_SHOWN_OF_ONE = 4

test('what the verifier says of a broken lab is what its packets do', async () => {
  const judgements: Judgement[] = []
  const wrong: string[] = []
  const rest = [...labShapes(SEED, WORLDS).entries()]
    .filter(([number]) => VERDICT_ONLY === undefined || number === Number(VERDICT_ONLY))
    .values()
  const work = async (): Promise<void> => {
    for (const [number, shape] of rest) {
      const evidence = VERDICT_FROM === undefined ? await tryLab(shape) : tryKeptEvidence(VERDICT_FROM, number)
      if (evidence === undefined) continue
      if (VERDICT_KEEP !== undefined) keepEvidence(VERDICT_KEEP, number, evidence)
      const judgement = judge(evidence)
      judgements.push(judgement)
      if (judgement.mismatches.length > 0) wrong.push(describeWrong(number, shape, judgement))
    }
  }
  await allEnded(Array.from({ length: AT_ONCE }, work))

  const sum = (of: (one: Judgement) => number): number => judgements.reduce((total, one) => total + of(one), 0)
  const [trials, undelivered] = [sum((one) => one.trials), sum((one) => one.undelivered)]
  const faults = judgements.flatMap((one) => one.faults)
  const counts = FAULT_KINDS.map((kind) => ({ kind, times: faults.filter((fault) => fault.kind === kind).length }))
  console.log(
    [
      `seed ${SEED}: ${judgements.length} labs, ${trials} trials, ${undelivered} undelivered, ${sum((one) => one.undecided)} undecided`,
      ...counts.map(({ kind, times }) => `${kind}: ${times}`),
    ].join('\n  '),
  )
  expect(wrong.length, wrong.slice(0, MOST_SHOWN).join('\n')).toBe(0)
  if (VERDICT_ONLY !== undefined) return
  expect(undelivered).toBeGreaterThan(trials / 3)
  if (IS_LONG) expect(counts.filter(({ times }) => times < LEAST_OF_EACH_FAULT)).toEqual([])
})

const describeWrong = (number: number, { clouds, sitesBy }: LabShape, { faults, ...judgement }: Judgement): string =>
  [
    `lab ${number} (LAW_SEED=${SEED} VERDICT_WORLDS=${WORLDS} VERDICT_ONLY=${number}): ${judgement.mismatches.length} of ${judgement.trials} differ`,
    ...faults.map(({ kind, text }) => `  fault: ${kind}: ${text}`),
    `  a site is a ${sitesBy}`,
    ...clouds.map((cloud) => `  ${JSON.stringify(cloud)}`),
    ...judgement.mismatches.slice(0, MOST_SHOWN_OF_ONE).map((text) => `  ${text}`),
  ].join('\n')
