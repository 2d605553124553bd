// A node loses its power and comes back, with its key, and every pair of pods delivers again.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { checkPairs, readEnds } from '../../src/lab/index.ts'
import { damask } from './damask-process.ts'
import { labOfThisFile } from './lab-under-test.ts'

const lab = labOfThisFile()
const measured: string[] = []
afterAll(() => console.log(measured.join('\n')))

const LIMIT_SECONDS = 120
/** An agent writes down where peers were heard from at most once a second; who loses power in between waits for them to speak. */
const REST_MILLISECONDS = 2_000

it.each([
  ['a gateway with an endpoint', 'aws-1'],
  ['a member of a site', 'aws-2'],
  ['the machine behind NAT', 'home-1'],
])('%s comes back after its power was gone', async (_, node) => {
  const key = (await lab.status(node)).publicKey
  await sleep(REST_MILLISECONDS)
  const start = performance.now()
  const seconds = (): string => ((performance.now() - start) / 1000).toFixed(1)
  expect(await damask('lab', 'reboot', lab.name, node)).toMatchObject({ code: 0, complaints: '' })
  const back = seconds()
  const passes: string[] = []
  let failed: Failed
  do {
    failed = await failedPairs()
    passes.push(`${failed.length} failed until ${seconds()} s`)
  } while (failed.length > 0 && Number(seconds()) < LIMIT_SECONDS)
  expect(failed.slice(0, 5), passes.join(', ')).toEqual([])
  measured.push(`${node}: back after ${back} s; trying every pair: ${passes.join(', ')}`)
  expect((await lab.status(node)).publicKey).toBe(key)
})

type Failed = Awaited<ReturnType<typeof checkPairs>>['failed']

async function failedPairs(): Promise<Failed> {
  const { pairs, failed } = await checkPairs(await readEnds(lab.record()), AbortSignal.timeout(LIMIT_SECONDS * 1000))
  expect(pairs).toHaveLength(364)
  return failed
}
