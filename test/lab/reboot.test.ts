// A node loses its power and comes back, with its key, and every pair of pods delivers again.
import { afterAll, expect, it } from 'vitest'
import { checkPairs, readEnds } from '../../src/lab/index.ts'
import { damask } from './damask-process.ts'
import { labOfThisFile } from './lab-under-test.ts'

const lab = labOfThisFile()
const measured: string[] = []
afterAll(() => console.log(measured.join('\n')))

const LIMIT_SECONDS = 60

it.each([
  ['a gateway with an endpoint', 'aws-1'],
  ['a member of a site', 'aws-2'],
  ['the machine behind NAT', 'home-1'],
])('%s comes back after its power was gone', async (_, node) => {
  const key = (await lab.status(node)).publicKey
  const start = performance.now()
  const seconds = (): string => ((performance.now() - start) / 1000).toFixed(1)
  expect(await damask('lab', 'reboot', lab.name, node)).toMatchObject({ code: 0 })
  const back = seconds()
  let failed = await failedPairs()
  for (; failed.length > 0 && Number(seconds()) < LIMIT_SECONDS; failed = await failedPairs()) {}
  expect(failed.slice(0, 5)).toEqual([])
  measured.push(`${node}: back after ${back} s, all pairs after ${seconds()} s`)
  expect((await lab.status(node)).publicKey).toBe(key)
})

async function failedPairs() {
  const { pairs, failed } = await checkPairs(await readEnds(lab.record()), AbortSignal.timeout(LIMIT_SECONDS * 1000))
  expect(pairs).toHaveLength(364)
  return failed
}
