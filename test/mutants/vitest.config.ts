import { defineConfig } from 'vitest/config'

// What kills mutants of the verifier: its own tests, what real kernels did, and what operators read.
export default defineConfig({
  test: {
    include: ['src/verifier/*.test.ts', 'test/unit/recorded-verdicts.test.ts', 'test/unit/golden-traces.test.ts'],
    testTimeout: 300_000,
  },
})
