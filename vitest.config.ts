import { defineConfig } from 'vitest/config'

// unit: seconds, no root. kernel: real namespaces, needs root. lab: whole labs, one file after the other.
export default defineConfig({
  test: {
    pool: 'forks',
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts'],
          exclude: ['**/*.kernel.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'kernel',
          include: ['src/**/*.kernel.test.ts', 'test/kernel/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
