// One round: read what stands, work out what should, make the difference; and look again where that may have changed things.
import { type Change, type Failure, type Kernel, type NodeState, type Observed, sysctlKeysOf } from '../model/index.ts'
import type { diff } from '../reconcile/index.ts'

export type RoundInput = {
  readonly kernel: Kernel
  readonly diff: typeof diff
  /** The same object as long as nothing that it is made of has changed. */
  readonly planFor: (observed: Observed) => NodeState
  /** What the kernel was last brought to. */
  readonly previous: NodeState | undefined
  readonly isHeldBack: (change: Change) => boolean
  /** Puts what only the agent knows into a change: where a peer was last heard from. */
  readonly complete: (change: Change) => Change
}

export type RoundResult = {
  readonly observed: Observed
  readonly state: NodeState
  readonly applied: readonly Change[]
  /** What still fails after the last pass. */
  readonly failures: readonly Failure[]
  readonly heldBack: readonly Change[]
}

/** A change may need another one (a route its device), or undo one (a device its routes): three passes settle what can be. */
const MOST_PASSES = 3

export async function runRound(input: RoundInput): Promise<RoundResult> {
  const { kernel, diff, previous } = input
  const applied: Change[] = []
  let failures: readonly Failure[] = []
  let hasNewLinks = false
  for (let pass = 1; ; pass++) {
    const { observed, state } = await observeFor(input)
    const wanted = diff(state, observed.entries, { ...(previous && { previous }) })
    // What failed may have waited for a link that now is there.
    const heldBack: readonly Change[] = hasNewLinks ? [] : wanted.filter(input.isHeldBack)
    const waiting = new Set(heldBack)
    const due: readonly Change[] = wanted.filter((change) => !waiting.has(change)).map(input.complete)
    failures = due.length === 0 ? [] : await kernel.apply(due)
    const failed = new Set(failures.map(({ change }) => change))
    const made = due.filter((change) => !failed.has(change))
    applied.push(...made)
    hasNewLinks = made.some(({ op, entry }) => op === 'create' && entry.kind === 'link')
    if (pass === MOST_PASSES || !(hasNewLinks || failures.length > 0))
      return { observed, state, applied, failures, heldBack }
  }
}

/** Reads the kernel with the sysctls that the plan names; the plan in turn may hang on what was read. */
async function observeFor({
  kernel,
  planFor,
  previous,
}: RoundInput): Promise<{ observed: Observed; state: NodeState }> {
  const known = previous === undefined ? [] : sysctlKeysOf(previous)
  const observed = await kernel.observe(known)
  const state = planFor(observed)
  const keys = state === previous ? known : sysctlKeysOf(state)
  if (keys.every((key) => known.includes(key))) return { observed, state }
  const whole = await kernel.observe(keys)
  return { observed: whole, state: planFor(whole) }
}
