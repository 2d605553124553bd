// Follows a collection for as long as the program runs: a list, then what changes. It never gives up, and what it heard stays
// while the server is away.
import type { StoreTrouble } from '../store.ts'
import { isExpired } from './api-failure.ts'
import { createCacheEntries } from './cache-entries.ts'
import type { CollectionCache, CollectionWatch } from './collection-cache.ts'
import { growingPause } from './growing-pause.ts'
import { eachPage } from './list-pages.ts'

/** Seconds after which the server ends a stream: what a proxy or a bug made of it lasts no longer. Plus as much by spread. */
const STREAM_SECONDS = 300

/** Milliseconds for which a stream has to live so that its end is no failure. */
const GOOD_LIFE = 5_000

/** Milliseconds from the first change to the call: changes come in bursts. A first one after a while does not wait for others. */
const GATHER = 20
const FIRST_GATHER = 2
/** Milliseconds without a call after which a change is a first one. */
const QUIET = 200

/** Failures in a row that are worth a word: a server that starts anew breaks every stream once. */
const LOUD_FAILURES = 2

export function watchCollection<Value>(watch: CollectionWatch<Value>): CollectionCache<Value> {
  const { api, collection, clock, log, onChange, spread = 0.5 } = watch
  const what = collection.plural
  const entries = createCacheEntries({ ...watch, onChange: gather })
  let version: string | undefined
  let failures = 0
  let trouble: StoreTrouble | undefined
  let isLoud = false
  let isClosed = false
  const waiting: Waiting[] = []
  let stopGathering: (() => void) | undefined
  let calledAt = Number.NEGATIVE_INFINITY
  let wake = (): void => {}
  let stream = new AbortController()

  function gather(): void {
    if (isClosed) return
    const isFirst = clock.now() - calledAt >= QUIET
    stopGathering ??= clock.after(isFirst ? FIRST_GATHER : GATHER, () => {
      stopGathering = undefined
      calledAt = clock.now()
      onChange()
    })
  }

  async function list(): Promise<void> {
    const taking = entries.begin()
    version = await eachPage((options) => api.page(collection, options), taking.take)
    taking.end()
    hearForGood()
    for (const { resolve } of waiting.splice(0)) resolve()
  }

  /** One stream, from where the last one ended. */
  async function follow(from: string): Promise<void> {
    stream = new AbortController()
    const stopWaiting = clock.after(GOOD_LIFE, () => {
      hearForGood()
      failures = 0
    })
    try {
      await api.events(collection, {
        resourceVersion: from,
        timeoutSeconds: Math.round(STREAM_SECONDS * (1 + spread)),
        signal: stream.signal,
        onOpen: hear,
        onEvent({ type, object }) {
          hearForGood()
          if (type === 'DELETED') entries.remove(object)
          else if (type !== 'BOOKMARK') entries.put(object)
          version = object.metadata.resourceVersion ?? version
        },
      })
    } finally {
      stopWaiting()
    }
  }

  function hear(): void {
    trouble = undefined
  }

  /** Said only now: of streams that are granted and break at once the log is not to speak each time. */
  function hearForGood(): void {
    hear()
    if (isLoud) log.info({ collection: what }, `${what} are heard of again`)
    isLoud = false
  }

  function fail(cause: unknown): void {
    const why = cause instanceof Error ? cause.message : String(cause)
    trouble = { message: why, since: trouble?.since ?? clock.now() }
    const message = `changes of ${what} are not heard at the moment; what is known of them stays, and they are asked for again and again: ${why}`
    const isNews = failures >= LOUD_FAILURES && !isLoud
    if (isNews) isLoud = true
    log[isNews ? 'warn' : 'debug']({ collection: what, failures }, message)
    for (const { reject } of waiting.splice(0)) reject(cause)
  }

  async function attempt(): Promise<void> {
    if (version === undefined) await list()
    else if (failures > 1 && (await isBehind(version))) {
      log.warn(
        { collection: what },
        `the server knows less of ${what} than we heard, as after a backup was put back; they are listed anew`,
      )
      await list()
    }
    if (!isClosed && version !== undefined) await follow(version)
  }

  /** A watch from a version that is still to come says nothing until then, and would leave out what happens meanwhile. */
  async function isBehind(heard: string): Promise<boolean> {
    const { resourceVersion } = await api.page(collection, { limit: 1 })
    return isNumber(resourceVersion) && isNumber(heard) && BigInt(resourceVersion) < BigInt(heard)
  }

  async function run(): Promise<void> {
    while (!isClosed) {
      failures++
      let isAtOnce = false
      try {
        await attempt()
        // A stream that ended in its time was good, and its life set failures back.
        isAtOnce = failures === 0
      } catch (cause) {
        if (isClosed) break
        if (isExpired(cause)) {
          version = undefined
          isAtOnce = failures <= 1
          log.debug({ collection: what }, `${what} are listed anew, as the server forgot where we were`)
        } else {
          failures = Math.max(failures, 1)
          fail(cause)
        }
      }
      if (!isAtOnce && !isClosed) await pause(growingPause(Math.max(failures, 1), spread))
    }
  }

  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = clock.after(milliseconds, resolve)
      wake = () => {
        stop()
        resolve()
      }
    })

  void run()
  return {
    values: () => (entries.isListed() ? entries.values : undefined),
    listed: () =>
      new Promise((resolve, reject) => {
        if (entries.isListed()) resolve()
        else if (isClosed) reject(new Error(`${what} are not watched any more`))
        else waiting.push({ resolve, reject })
      }),
    trouble: () => trouble,
    close() {
      isClosed = true
      stream.abort()
      stopGathering?.()
      wake()
      for (const { reject } of waiting.splice(0)) reject(new Error(`${what} are not watched any more`))
    },
  }
}

type Waiting = { readonly resolve: () => void; readonly reject: (cause: unknown) => void }

const isNumber = (version: string): boolean => /^\d{1,40}$/.test(version)
