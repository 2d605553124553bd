// diff() against a kernel: whatever stands, one batch of changes makes what is wanted, and none of them is refused.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openMemoryKernel } from '../../src/linux/index.ts'
import { type Entry, entriesOf, type NodeState } from '../../src/model/index.ts'
import { diff } from '../../src/reconcile/index.ts'
import { anyNodeState } from '../arbitraries/node-state.ts'

const sysctlKeys = (state: NodeState): string[] =>
  [...entriesOf(state)].flatMap((entry: Entry) => (entry.kind === 'sysctl' ? [entry.key] : []))

test('the kernel in memory goes from any state to any other in one batch, and then needs no change', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyNodeState, { minLength: 2, maxLength: 4 }), async (states) => {
      const kernel = openMemoryKernel()
      for (const state of states) {
        const { entries } = await kernel.observe(sysctlKeys(state))
        const failures = await kernel.apply(diff(state, entries))
        expect(failures.map(({ message }) => message)).toEqual([])
        expect(diff(state, (await kernel.observe(sysctlKeys(state))).entries)).toEqual([])
      }
    }),
    { numRuns: 300 },
  )
})

test('all is removed in one batch, with nothing left and nothing refused', async () => {
  await fc.assert(
    fc.asyncProperty(anyNodeState, async (state) => {
      const kernel = openMemoryKernel()
      await kernel.apply(diff(state, []))
      const nothing: NodeState = { node: state.node, gatewayAddresses: {}, parts: [] }
      expect(await kernel.apply(diff(nothing, (await kernel.observe([])).entries))).toEqual([])
      expect(kernel.standing()).toEqual([])
    }),
    { numRuns: 300 },
  )
})
