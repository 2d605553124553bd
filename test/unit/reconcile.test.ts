// diff() against a kernel: whatever stands, one batch of changes makes what is wanted, and none of them is refused.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openMemoryKernel } from '../../src/linux/index.ts'
import { type Entry, entriesOf, type NodeState } from '../../src/model/index.ts'
import { changesOf } from '../../src/reconcile/diff.ts'
import { diff } from '../../src/reconcile/index.ts'
import { withoutSettledRoutes } from '../../src/reconcile/settled-routes.ts'
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

test('routes that stand as they are wanted are left out of the comparison, and nothing comes out otherwise', async () => {
  const seen = { settled: 0 }
  await fc.assert(
    fc.asyncProperty(anyNodeState, anyNodeState, fc.nat(), async (before, after, salt) => {
      const kernel = openMemoryKernel()
      await kernel.apply(diff(before, []))
      const { entries } = await kernel.observe(sysctlKeys(after))
      // Much of what was, and some of what it shall be: now and then twice, as another value of one thing.
      const some = (entry: Entry, index: number): boolean => entry.kind !== 'route' || (index + salt) % 4 > 0
      const desired: NodeState = {
        ...after,
        gatewayAddresses: before.gatewayAddresses,
        parts: salt % 3 === 0 ? after.parts : [...before.parts.map((part) => part.filter(some)), ...after.parts],
      }
      seen.settled += entries.length - withoutSettledRoutes(desired, entries).observed.length
      expect(diff(desired, entries, { previous: before })).toEqual(
        changesOf(desired, entries, { previous: before }, 'all'),
      )
    }),
    { numRuns: 1000 },
  )
  expect(seen.settled).toBeGreaterThan(0)
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
