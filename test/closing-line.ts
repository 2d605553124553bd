import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

type Counts = { passed: number; failed: number; skipped: number }

/**
 * Prints what every suite ends with: `N passed, N failed, N skipped`. Just above it stand, with their reasons, tests that failed, that
 * passed only when they were tried again, and that were skipped; in CI a skipped one that `allowed-skips.txt` does not name fails.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      for (const test of tests) count(test, counts)
      // What came before its tests or after them.
      for (const one of [module, ...module.children.allSuites()])
        for (const error of one.errors()) console.log(`failed: ${module.relativeModuleId}: ${shorten(error.message)}`)
      // A file that could not be read has no tests of its own to fail.
      if (!module.ok() && tests.every((test) => test.result().state !== 'failed')) counts.failed++
    }
    if (counts.failed > 0) process.exitCode = 1
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  }
}

function count(test: TestCase, counts: Counts): void {
  const result = test.result()
  const name = `${test.module.relativeModuleId} > ${test.fullName}`
  const reason = shorten((result.errors ?? []).map(({ message, diff }) => [message, diff].join('\n').trim()).join('\n'))
  if (result.state === 'passed') {
    counts.passed++
    if (test.diagnostic()?.flaky === true) console.log(`passed at a second try: ${name}: ${reason}`)
  } else if (result.state === 'failed') {
    counts.failed++
    console.log(`failed: ${name}: ${reason}`)
  } else {
    counts.skipped++
    console.log(`skipped: ${test.fullName}: ${(result.state === 'skipped' && result.note) || 'no reason given'}`)
    if (process.env.CI !== undefined && !isAllowed(test.fullName)) {
      counts.failed++
      console.log(`failed: in CI nothing is skipped that allowed-skips.txt does not name: ${test.fullName}`)
    }
  }
}

/** Beginning and end: in a long one stands what a program printed, and at its end what it died of. */
function shorten(text: string): string {
  const plain = stripVTControlCharacters(text)
  return plain.length <= 1500 ? plain : `${plain.slice(0, 700)}\n…\n${plain.slice(-800)}`
}

function isAllowed(name: string): boolean {
  const lines = readFileSync(join(import.meta.dirname, 'allowed-skips.txt'), 'utf8').split('\n')
  return lines.some((line) => line.startsWith(`${name} # `))
}
