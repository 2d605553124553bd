import { defineConfig } from 'vitest/config'

/** Ends what hangs. A machine that is busy with something else takes ten times as long as one that is not. */
const LIMIT_MILLISECONDS = 300_000

const isGuest = process.env.DAMASK_GUEST !== undefined

/**
 * Of what meets kernels, clusters and clocks. In CI alone, where a machine may stand still for seconds and nobody can look again; a test that
 * needed it is named above the closing line.
 */
const retry = process.env.CI === undefined ? 0 : 1

const unit = {
  name: 'unit',
  testTimeout: LIMIT_MILLISECONDS,
  hookTimeout: LIMIT_MILLISECONDS,
  include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts', 'bench/**/*.test.ts'],
  exclude: ['**/*.kernel.test.ts'],
  // Left to itself Vitest keeps one processor free; where there are two, it would then run these alone, and last.
  maxWorkers: '100%',
  sequence: { groupOrder: 0 },
}
const kernel = {
  name: 'kernel',
  include: ['src/**/*.kernel.test.ts', 'test/kernel/**/*.test.ts', 'bench/**/*.kernel.test.ts'],
  testTimeout: LIMIT_MILLISECONDS,
  hookTimeout: LIMIT_MILLISECONDS,
  retry,
  sequence: { groupOrder: 1 },
}
const lab = {
  name: 'lab',
  include: ['test/lab/**/*.test.ts', 'test/verdicts/**/*.test.ts'],
  testTimeout: 2 * LIMIT_MILLISECONDS,
  hookTimeout: 2 * LIMIT_MILLISECONDS,
  fileParallelism: false,
  retry,
  sequence: { groupOrder: 2 },
}

/** Real control planes, kubelets and containers. */
const cluster = {
  name: 'cluster',
  include: ['test/cluster/**/*.test.ts'],
  globalSetup: ['./test/cluster/build.ts'],
  testTimeout: 2 * LIMIT_MILLISECONDS,
  hookTimeout: 2 * LIMIT_MILLISECONDS,
  fileParallelism: false,
  retry,
  sequence: { groupOrder: 3 },
}

const vm = {
  name: 'vm',
  include: ['test/vm/**/*.test.ts'],
  globalSetup: ['./test/vm/boot.ts'],
  // Emulated, a program takes ten times as long.
  testTimeout: 6 * LIMIT_MILLISECONDS,
  hookTimeout: 6 * LIMIT_MILLISECONDS,
  fileParallelism: false,
  retry,
  sequence: { groupOrder: 4 },
}
/** What needs a whole kernel. Run inside the virtual machine, by the project `vm`. */
const guest = { ...vm, name: 'guest', include: ['test/guest/**/*.test.ts'], globalSetup: [] }

// unit: seconds, no root. kernel: real namespaces, needs root. lab: whole labs, one file after the other. cluster: Kubernetes in clouds of
// labs, so too. vm: in a virtual machine, without root. In this order.
export default defineConfig({
  test: {
    pool: 'forks',
    setupFiles: ['./test/law-seed.ts'],
    // What is waited for comes at once, but not on a machine that is busy with something else.
    expect: { poll: { timeout: 60_000 } },
    reporters: ['default', './test/closing-line.ts'],
    projects: [unit, kernel, lab, cluster, vm, ...(isGuest ? [guest] : [])].map((test) => ({ extends: true, test })),
  },
})
