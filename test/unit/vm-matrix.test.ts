// What the suites in virtual machines run on which kernel.
import { expect, test } from 'vitest'
import { EXAMPLE_PAIRS } from '../example-pairs.ts'
import { everyOther, onKernels, onOldest } from '../vm/matrix.ts'

const EXAMPLES = Object.keys(EXAMPLE_PAIRS)

test('the selection runs every other example once, and on every kernel about as many', () => {
  const [oldest, newer, ...others] = onKernels(EXAMPLES, everyOther, false)
  expect({ oldest: oldest?.kernel, newer: newer?.kernel, others }).toEqual({
    oldest: 'oldest',
    newer: 'newer',
    others: [],
  })
  const chosen = [...(oldest?.cases ?? []), ...(newer?.cases ?? [])]
  expect(chosen.sort()).toEqual(EXAMPLES.filter((_, index) => index % 2 === 0).sort())
  expect((oldest?.cases.length ?? 0) - (newer?.cases.length ?? 0)).toBeLessThanOrEqual(1)
})

test('the long run has every combination, whatever was selected', () => {
  expect(onKernels(EXAMPLES, onOldest, true)).toEqual([
    { kernel: 'oldest', cases: EXAMPLES },
    { kernel: 'newer', cases: EXAMPLES },
  ])
})

test('a kernel for which nothing was selected is not booted', () => {
  expect(onKernels(EXAMPLES, onOldest, false)).toEqual([{ kernel: 'oldest', cases: EXAMPLES }])
})
