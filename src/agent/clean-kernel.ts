// All of ours out of a kernel, by the same code that takes away single things every day: the difference to a plan of nothing.
// Its order keeps pods from ever being in the clear: routes and links go first, then the filter, the rules, and last the guards.
import { type Entry, type Failure, type Kernel, keyOf, type NodeState } from '../model/index.ts'
import { diff } from '../reconcile/index.ts'
import { runRound } from './reconcile-round.ts'

export type KernelCleaning = {
  /** What stood before and does not any more, also what went by itself with its link. */
  readonly removed: readonly Entry[]
  readonly failures: readonly Failure[]
}

const NOTHING: NodeState = { node: '', gatewayAddresses: {}, parts: [] }

export async function cleanKernel(kernel: Kernel): Promise<KernelCleaning> {
  const before = (await kernel.observe([])).entries
  const { failures } = await runRound({
    kernel,
    diff,
    planFor: () => NOTHING,
    previous: undefined,
    isHeldBack: () => false,
    complete: (change) => change,
  })
  const standing = new Set((await kernel.observe([])).entries.map(keyOf))
  return { removed: before.filter((entry) => !standing.has(keyOf(entry))), failures }
}
