// A node that was away may come back to a network in which its pod prefixes are another's, and its snapshot does not know. So the first
// pods wait for what the store says; a store that is away keeps none from starting for longer than a moment.
import { CNI_CODE, cniError } from '../cni/index.ts'
import type { Clock } from './clock.ts'

export type FirstAnswer = {
  /** Resolves once there is nothing more to wait for; rejects, as an answer to a runtime, where the agent ends before. */
  readonly wait: () => Promise<void>
  /** The store has answered, and what it said stands. */
  readonly came: () => void
  readonly close: () => void
}

/** Runtimes take an ADD for hung after minutes; an API server that is there answers within one second. */
const PATIENCE_MILLISECONDS = 3_000

/** From now on. */
export function awaitFirstAnswer(clock: Clock): FirstAnswer {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  promise.catch(() => {}) // nobody may be waiting
  const callOff = clock.after(PATIENCE_MILLISECONDS, resolve)
  return {
    wait: () => promise,
    came() {
      callOff()
      resolve()
    },
    close() {
      callOff()
      reject(cniError(CNI_CODE.tryLater, 'the agent ends before it heard of its store; try again'))
    },
  }
}
