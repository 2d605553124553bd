// Where the World comes from: the snapshot first, then the store, for as long as it answers. What is read but is not good
// never replaces what was good: the node goes on with the last World that had it, and says why.
import type { World } from '../model/index.ts'
import type { ReadResult, Store } from '../store/index.ts'
import type { Clock } from './clock.ts'
import type { Log } from './secret-log.ts'

export type StoreCondition =
  | { readonly kind: 'not-read-yet' }
  | { readonly kind: 'read' }
  /** It did not answer. */
  | { readonly kind: 'away'; readonly message: string }
  /** It answered with what is no world. */
  | { readonly kind: 'broken'; readonly message: string }
  /** It answered, and this node is not in it: not yet, or no more. */
  | { readonly kind: 'node-missing'; readonly message: string }

export type WorldSource = {
  readonly condition: () => StoreCondition & { readonly since: number }
  /** Begins to read and to watch. */
  readonly start: () => void
  readonly close: () => void
}

type WorldStore = Pick<Store, 'read' | 'watch' | 'trouble' | 'formatIssue'>

export type WorldSourceOptions = {
  readonly node: string
  /** Called until it gives one. */
  readonly openStore: () => Promise<WorldStore>
  readonly clock: Clock
  readonly log: Log
  /** Takes a world, or says what of it cannot be planned. */
  readonly onWorld: (world: World) => readonly string[]
  /** The store has a world, and this node is not in it. */
  readonly onMissing: (world: World) => void
  /** Called each time the store answered, be it with what is no world; what it said was taken before. */
  readonly onAnswer: () => void
  /** Called once, when the store was asked for the first time, whatever came of it. */
  readonly onAsked: () => void
}

const RETRY_FIRST_MS = 1000
const RETRY_LONGEST_MS = 30_000
/** Enough to see what is wrong; the rest is most often the same mistake again. */
const SHOWN_ISSUES = 5

export function openWorldSource(options: WorldSourceOptions): WorldSource {
  const { node, openStore, clock, log, onWorld, onMissing, onAnswer, onAsked } = options
  let condition: StoreCondition = { kind: 'not-read-yet' }
  let since = clock.now()
  let store: WorldStore | undefined
  let stopWatching: (() => void) | undefined
  let cancelRetry = (): void => {}
  let failures = 0
  let wasAsked = false
  let reading: Promise<void> | undefined
  let isWantedAgain = false
  let isClosed = false

  function setCondition(next: StoreCondition): void {
    const isNew = next.kind !== condition.kind || messageOf(next) !== messageOf(condition)
    if (next.kind !== condition.kind) since = clock.now()
    condition = next
    if (!isNew) return
    if (next.kind === 'read') log.info({}, 'read the store')
    else log.warn({ store: next.kind }, messageOf(next))
  }

  async function read(): Promise<void> {
    try {
      store ??= await openStore()
      if (isClosed) return
      stopWatching ??= store.watch(readAgain)
      take(await store.read(), store)
      if (!isClosed) onAnswer()
    } catch (cause) {
      setCondition({
        kind: 'away',
        message: `cannot read the store: ${sentenceOf(cause)}; going on with the last world`,
      })
    }
    const isGood = condition.kind === 'read' || condition.kind === 'node-missing'
    failures = isGood ? 0 : failures + 1
    if (isGood) cancelRetry()
    else retryLater()
    if (!wasAsked) onAsked()
    wasAsked = true
  }

  function take({ world, issues }: ReadResult, { formatIssue }: WorldStore): void {
    if (isClosed) return
    if (world === undefined) {
      const errors = issues.filter(({ severity }) => severity === 'error')
      const shown = errors.slice(0, SHOWN_ISSUES).map(formatIssue)
      const rest = errors.length > SHOWN_ISSUES ? ` and ${errors.length - SHOWN_ISSUES} more` : ''
      const what = shown.length === 0 ? 'it holds no Network' : `${shown.join('; ')}${rest}`
      setCondition({ kind: 'broken', message: `the store holds no world that can be used: ${what}` })
    } else if (!world.nodes.has(node)) {
      setCondition({
        kind: 'node-missing',
        message: `the store has no Node ${node}; waiting for it, and changing nothing`,
      })
      onMissing(world)
    } else {
      const errors = onWorld(world)
      setCondition(
        errors.length === 0
          ? { kind: 'read' }
          : { kind: 'broken', message: `the world cannot be planned: ${errors.join('; ')}` },
      )
    }
  }

  /**
   * The watch stays until then: it tells when what was wrong is mended. But a store that was away may have lost it, so then
   * it is set up anew.
   */
  function retryLater(): void {
    cancelRetry()
    if (isClosed) return
    cancelRetry = clock.after(Math.min(RETRY_FIRST_MS * 2 ** (failures - 1), RETRY_LONGEST_MS), () => {
      stopWatching?.()
      stopWatching = undefined
      readAgain()
    })
  }

  function readAgain(): void {
    if (isClosed) return
    if (reading !== undefined) {
      isWantedAgain = true
      return
    }
    reading = read().finally(() => {
      reading = undefined
      if (isWantedAgain) {
        isWantedAgain = false
        readAgain()
      }
    })
  }

  /** What was read last may be good, and its store away since. */
  function now(): StoreCondition & { readonly since: number } {
    const trouble = condition.kind === 'read' ? store?.trouble?.() : undefined
    if (trouble === undefined) return { ...condition, since }
    const message = `changes of the store are not heard: ${trouble.message}; going on with the last world`
    return { kind: 'away', message, since: trouble.since }
  }

  return {
    condition: now,
    start: readAgain,
    close() {
      isClosed = true
      cancelRetry()
      stopWatching?.()
    },
  }
}

const messageOf = (condition: StoreCondition): string => ('message' in condition ? condition.message : '')
const sentenceOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
