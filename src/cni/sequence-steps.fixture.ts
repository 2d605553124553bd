// What may happen to the pods of a node, in any order.
import fc from 'fast-check'
import type { Fate, Fault } from './mortal-agent.fixture.ts'
import type { Operation } from './pod-model.fixture.ts'

export type Step =
  | { readonly kind: 'one'; readonly operation: Operation; readonly fate: Fate }
  /** All asked at once. */
  | { readonly kind: 'many'; readonly operations: readonly Operation[]; readonly fate: Fate }
  | { readonly kind: 'gc'; readonly valid: readonly string[]; readonly fate: Fate }
  /** `restart`: by a signal; `reboot`: the power failed, and the kernel has nothing left. */
  | { readonly kind: 'round' | 'let go' | 'restart' | 'reboot' }
  /** `hide`: its path goes, and the namespace lives on by the processes in it. */
  | { readonly kind: 'lose namespace' | 'hide namespace' | 'make namespace'; readonly id: string }

/** One more than there is room for. */
export const IDS = ['a', 'b', 'c', 'd', 'e', 'f']

const often = <T>(usual: T, seldom: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 3 }, { arbitrary: seldom, weight: 1 })

// Some more often, so that things happen to one pod again and again.
const id = fc.constantFrom(...IDS, 'a', 'a', 'a', 'b')
const ids = fc.subarray(IDS)
const wish = often<string | undefined>(undefined, fc.constantFrom('10.244.11.2', '10.244.11.5', 'fd44:11::3'))
const add: fc.Arbitrary<Operation> = fc.record({ kind: fc.constant('add' as const), id, wish })
const other: fc.Arbitrary<Operation> = fc.record({ kind: fc.constantFrom('del', 'del', 'check'), id })
const operation = fc.oneof(add, other)

const fault = often<Fault | undefined>(undefined, fc.constantFrom('record', 'create', 'attach', 'delete', 'release'))
// An ADD passes about ten doors, a DEL five.
const crashIn = often<number | undefined>(undefined, fc.nat(11))
const fate: fc.Arbitrary<Fate> = fc.record({ fault, crashIn, holdsDeletions: often(false, fc.constant(true)) })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('one' as const), operation, fate }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('many' as const),
      operations: fc.array(operation, { minLength: 2, maxLength: 6 }),
      fate: fc.record({
        fault: often<Fault | undefined>(undefined, fc.constantFrom('create', 'attach')),
        isOneTimeFault: fc.constant(true),
        crashIn: often<number | undefined>(undefined, fc.nat(40)),
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('gc' as const), valid: ids, fate }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('round', 'let go', 'restart', 'reboot') }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('lose namespace', 'hide namespace', 'make namespace'), id }),
  },
)

export const sequence = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 16, size: 'max' }),
  compactFromLines: fc.integer({ min: 2, max: 40 }),
  cut: fc.double({ min: 0, max: 1, noNaN: true }),
})
