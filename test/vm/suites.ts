// Suites of the project that run inside the virtual machine, as they do outside.
import { expect } from 'vitest'
import { IS_WHOLE } from '../pairwise.ts'
import type { Guest } from './machine.ts'

const LIMIT_MILLISECONDS = 1_500_000
/** There a test is tried twice. */
const CI = process.env.CI === undefined ? {} : { CI: process.env.CI }

export type SuitesRun = { readonly passed: number; readonly output: string }

/** Fails where one of their tests does, or is skipped. `files`: as vitest takes them. */
export async function expectToPass(guest: Guest, project: string, files: readonly string[]): Promise<SuitesRun> {
  const vitest = ['node_modules/.bin/node', 'node_modules/vitest/vitest.mjs', 'run', '--project', project]
  const { stdout, stderr, exitCode } = await guest.run([...vitest, ...files], {
    environment: { ...CI, NO_COLOR: '1', DAMASK_GUEST: '1', ...(IS_WHOLE && { MATRIX: 'all' }) },
    limitMilliseconds: LIMIT_MILLISECONDS,
  })
  const output = `${stdout}${stderr}`
  const [, passed = '0', failed, skipped] = /(\d+) passed, (\d+) failed, (\d+) skipped/.exec(stdout) ?? []
  expect({ exitCode, failed, skipped }, output.slice(-20_000)).toEqual({ exitCode: 0, failed: '0', skipped: '0' })
  for (const [line] of stdout.matchAll(/^passed at a second try: .*$/gm)) console.log(`in the machine, ${line}`)
  return { passed: Number(passed), output }
}
