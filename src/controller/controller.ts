// The controller's life: a look at the start and after each change of the store, until it is told to stop.
import type { Plan } from '../planner/index.ts'
import { type GrantStore, makeGrants, viewGrants } from './grant-round.ts'

export type ControllerStore = GrantStore & {
  /** Calls back soon after a change; returns how to stop. */
  readonly watch: (onChange: () => void) => () => void
}

export type ControllerOptions = {
  readonly store: ControllerStore
  readonly clock: { readonly after: (milliseconds: number, run: () => void) => () => void }
  readonly log: Record<'info' | 'warn', (fields: object, message: string) => void>
  readonly signal: AbortSignal
}

/**
 * What is to be done must look the same twice, so far apart: a file that git or an editor takes away and puts back in a moment
 * must not cost its node the slot.
 */
const SETTLE_MS = 200
const RETRY_FIRST_MS = 1000
const RETRY_LONGEST_MS = 30_000
/** Enough to see what is wrong; the rest is most often the same mistake again. */
const SHOWN_ERRORS = 5

/** Resolves once the signal is aborted and nothing is being written any more. Never rejects. */
export async function runController({ store, clock, log, signal }: ControllerOptions): Promise<void> {
  let plan: Plan | undefined
  let stopWatching: (() => void) | undefined
  /** What was to be done at the last look. */
  let intended = ''
  let failures = 0
  /** What was said last of what is wrong: it is said once. */
  let trouble = ''
  const bell = createBell()
  signal.addEventListener('abort', bell.ring, { once: true })

  /** After how many milliseconds to look again in any case. */
  async function look(): Promise<number | undefined> {
    stopWatching ??= store.watch(bell.ring)
    const view = await viewGrants(store, plan)
    if (view.kind === 'broken') throw new Error(brokenSentence(view.errors))
    plan = view.plan
    const wanted = view.changes.length === 0 ? '' : JSON.stringify(view.changes)
    if (wanted !== intended) {
      intended = wanted
      return wanted === '' ? undefined : SETTLE_MS
    }
    const refused = await makeGrants(store, view, (sentence) => log.info({}, sentence), signal)
    if (refused.length > 0) throw new Error(refused.join('; '))
    return undefined
  }

  function failed(cause: unknown): number {
    const message = cause instanceof Error ? cause.message : String(cause)
    if (message !== trouble) log.warn({}, message)
    trouble = message
    failures++
    return Math.min(RETRY_FIRST_MS * 2 ** (failures - 1), RETRY_LONGEST_MS)
  }

  function well(pause: number | undefined): number | undefined {
    if (pause !== undefined) return pause
    if (trouble !== '') log.info({}, 'all is granted again')
    trouble = ''
    failures = 0
    return undefined
  }

  /** A store that was away may have lost the watch, so it is set up anew. */
  function lookAgain(): void {
    if (failures > 0) {
      stopWatching?.()
      stopWatching = undefined
    }
    bell.ring()
  }

  while (!signal.aborted) {
    const pause = await look().then(well, failed)
    const cancel = pause === undefined ? () => {} : clock.after(pause, lookAgain)
    if (!signal.aborted) await bell.rung()
    cancel()
  }
  stopWatching?.()
}

function brokenSentence(errors: readonly string[]): string {
  const rest = errors.length > SHOWN_ERRORS ? ` and ${errors.length - SHOWN_ERRORS} more` : ''
  const what = `${errors.slice(0, SHOWN_ERRORS).join('; ')}${rest}`
  return `the store holds no world that can be used: ${what}; what was granted stays`
}

/** Rung while nobody listens, it is heard by the next who does; however often, once. */
function createBell() {
  let isRung = false
  let wake = (): void => {}
  return {
    ring(): void {
      isRung = true
      wake()
    },
    async rung(): Promise<void> {
      if (!isRung)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      isRung = false
    },
  }
}
