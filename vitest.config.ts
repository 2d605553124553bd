import { defineConfig } from 'vitest/config'

const unit = {
  name: 'unit',
  testTimeout: 30_000,
  include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts', 'bench/**/*.test.ts'],
  exclude: ['**/*.kernel.test.ts'],
  sequence: { groupOrder: 0 },
}
const kernel = {
  name: 'kernel',
  include: ['src/**/*.kernel.test.ts', 'test/kernel/**/*.test.ts', 'bench/**/*.kernel.test.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  sequence: { groupOrder: 1 },
}
const lab = {
  name: 'lab',
  include: ['test/lab/**/*.test.ts'],
  testTimeout: 240_000,
  hookTimeout: 240_000,
  fileParallelism: false,
  sequence: { groupOrder: 2 },
}

// unit: seconds, no root. kernel: real namespaces, needs root. lab: whole labs, one file after the other. In this order.
export default defineConfig({
  test: {
    pool: 'forks',
    // What is waited for comes at once, but not on a machine that is busy with something else.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', './test/closing-line.ts'],
    projects: [unit, kernel, lab].map((test) => ({ extends: true, test })),
  },
})
