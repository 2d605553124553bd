import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Prints what every suite ends with: `N passed, N failed, N skipped`; skipped tests are named with their reason. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) count(test, counts)
      if (!module.ok() && [...module.children.allTests()].every((test) => test.result().state !== 'failed'))
        counts.failed++
    }
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  }
}

function count(test: TestCase, counts: { passed: number; failed: number; skipped: number }): void {
  const result = test.result()
  if (result.state === 'passed') counts.passed++
  else if (result.state === 'failed') counts.failed++
  else {
    counts.skipped++
    console.log(`skipped: ${test.fullName}: ${(result.state === 'skipped' && result.note) || 'no reason given'}`)
  }
}
