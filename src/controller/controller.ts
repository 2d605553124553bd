// The controller's life: a look at the start and after each change of the store, until it is told to stop.
import type { Plan } from '../planner/index.ts'
import { createBell } from './bell.ts'
import { type GrantStore, makeGrants, viewGrants } from './grant-round.ts'
import { type After, startSettling } from './settling.ts'

export type ControllerStore = GrantStore & {
  /** Calls back soon after a change; returns how to stop. */
  readonly watch: (onChange: () => void) => () => void
}

export type ControllerOptions = {
  readonly store: ControllerStore
  readonly clock: { readonly after: After }
  readonly log: Record<'info' | 'warn', (fields: object, message: string) => void>
  readonly signal: AbortSignal
}

const RETRY_FIRST_MS = 1000
const RETRY_LONGEST_MS = 30_000
/** Enough to see what is wrong; the rest is most often the same mistake again. */
const SHOWN_ERRORS = 5

/** Resolves once the signal is aborted and nothing is being written any more. Never rejects. */
export async function runController({ store, clock, log, signal }: ControllerOptions): Promise<void> {
  let plan: Plan | undefined
  let stopWatching: (() => void) | undefined
  let failures = 0
  /** What was said last of what is wrong: it is said once. */
  let trouble = ''
  const bell = createBell()
  const settling = startSettling((milliseconds, run) => clock.after(milliseconds, run), bell.ring)
  signal.addEventListener('abort', bell.ring, { once: true })

  async function look(): Promise<'done' | 'settling'> {
    stopWatching ??= store.watch(bell.ring)
    const isSecond = settling.isOver()
    const view = await viewUnbroken()
    plan = view.plan
    if (view.changes.length > 0) {
      if (!settling.isStill(JSON.stringify(view.changes)) || !isSecond) return 'settling'
      const refused = await makeGrants(store, view, (sentence) => log.info({}, sentence), signal)
      if (refused.length > 0) throw new Error(refused.join('; '))
    }
    settling.forget()
    return 'done'
  }

  /** Of a world that was broken meanwhile, what was intended before says nothing. */
  async function viewUnbroken() {
    const view = await viewGrants(store, plan).catch((cause) => {
      settling.forget()
      throw cause
    })
    if (view.kind === 'planned') return view
    settling.forget()
    throw new Error(brokenSentence(view.errors))
  }

  /** After how many milliseconds to look again in any case. */
  function failed(cause: unknown): number {
    const message = cause instanceof Error ? cause.message : String(cause)
    if (message !== trouble) log.warn({}, message)
    trouble = message
    failures++
    return Math.min(RETRY_FIRST_MS * 2 ** (failures - 1), RETRY_LONGEST_MS)
  }

  function well(what: 'done' | 'settling'): undefined {
    if (what === 'settling') return
    if (trouble !== '') log.info({}, 'all is granted again')
    trouble = ''
    failures = 0
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
  settling.forget()
  stopWatching?.()
}

function brokenSentence(errors: readonly string[]): string {
  const rest = errors.length > SHOWN_ERRORS ? ` and ${errors.length - SHOWN_ERRORS} more` : ''
  const what = `${errors.slice(0, SHOWN_ERRORS).join('; ')}${rest}`
  return `the store holds no world that can be used: ${what}; what was granted stays`
}
