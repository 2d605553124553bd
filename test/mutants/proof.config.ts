import { defineConfig } from 'vitest/config'

// What kills mutants of proofs by classes: laws over random networks, in which every pair is walked beside what its class says, and
// certificates that were tampered with.
export default defineConfig({
  test: {
    include: [
      'src/verifier/proof/*.test.ts',
      'test/unit/{laws-of-proof,laws-of-reproof,certificate,verify-causes}.test.ts',
    ],
    testTimeout: 300_000,
  },
})
