// Changes that the kernel refused: tried again after 1 s, 2 s, 4 s … 30 s, and at once when what is wanted has changed.
import { type Change, type Failure, keyOf } from '../model/index.ts'

export type StandingFailure = {
  readonly key: string
  readonly op: Change['op']
  readonly message: string
  readonly code: string
  /** Milliseconds since 1970. */
  readonly since: number
  readonly attempts: number
  readonly nextTryAt: number
}

export type FailureBackoff = {
  /** Whether the change failed lately and its time has not come. */
  readonly isHeldBack: (change: Change, now: number) => boolean
  /** Takes what a round tried and what of it failed; what it wanted no more is forgotten. Returns failures that are new. */
  readonly record: (round: Round, now: number) => readonly StandingFailure[]
  readonly failures: () => readonly StandingFailure[]
  readonly nextTryAt: () => number | undefined
}

export type Round = { readonly failures: readonly Failure[]; readonly heldBack: readonly Change[] }

const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 30_000

type Kept = StandingFailure & { readonly wanted: string }

export function createFailureBackoff(): FailureBackoff {
  let standing = new Map<string, Kept>()
  return {
    isHeldBack: (change, now) => {
      const kept = standing.get(keyOf(change.entry))
      return kept !== undefined && now < kept.nextTryAt && kept.wanted === wantedOf(change)
    },
    record({ failures, heldBack }, now) {
      const next = new Map<string, Kept>()
      for (const { entry } of heldBack) {
        const kept = standing.get(keyOf(entry))
        if (kept !== undefined) next.set(kept.key, kept)
      }
      const fresh: StandingFailure[] = []
      for (const failure of failures) {
        const failed = failedAgain(failure, standing.get(keyOf(failure.change.entry)), now)
        next.set(failed.key, failed)
        if (failed.attempts === 1) fresh.push(failed)
      }
      standing = next
      return fresh
    },
    failures: () => [...standing.values()].map(({ wanted: _, ...failure }) => failure),
    nextTryAt: () => {
      const times = [...standing.values()].map(({ nextTryAt }) => nextTryAt)
      return times.length === 0 ? undefined : Math.min(...times)
    },
  }
}

function failedAgain({ change, message, code }: Failure, before: Kept | undefined, now: number): Kept {
  const wanted = wantedOf(change)
  const attempts = before?.wanted === wanted ? before.attempts + 1 : 1
  const wait = Math.min(FIRST_WAIT_MS * 2 ** (attempts - 1), LONGEST_WAIT_MS)
  const since = attempts === 1 ? now : (before?.since ?? now)
  return { key: keyOf(change.entry), op: change.op, message, code, since, attempts, nextTryAt: now + wait, wanted }
}

const wantedOf = ({ op, entry }: Change): string => JSON.stringify([op, entry])
