// What there is to tell of this node, worked out anew a moment after something happened, and now and then: much of it is made of what
// nobody announces.
import type { Clock } from './clock.ts'

export type NewsKeeper<News> = {
  readonly latest: () => News
  /** Something happened: works it out once what comes with it has come too. */
  readonly soon: () => void
  readonly close: () => void
}

export type NewsKeeperOptions<News> = {
  readonly describe: () => News
  /** It was worked out anew. */
  readonly onNews: () => void
  readonly clock: Clock
}

/** Long enough for a round to follow the world that it is for: what is amiss for a moment is no news. */
const SETTLING_MS = 2000
const EVERY_MS = 10_000

export function keepNews<News>({ describe, onNews, clock }: NewsKeeperOptions<News>): NewsKeeper<News> {
  let latest: News | undefined
  let cancelRegular = (): void => {}
  let cancelSoon: (() => void) | undefined
  let isClosed = false

  function work(): void {
    latest = describe()
    cancelSoon?.()
    cancelSoon = undefined
    cancelRegular()
    cancelRegular = clock.after(EVERY_MS, work)
    onNews()
  }
  cancelRegular = clock.after(EVERY_MS, work)

  return {
    latest() {
      latest ??= describe()
      return latest
    },
    soon() {
      if (!isClosed) cancelSoon ??= clock.after(SETTLING_MS, work)
    },
    close() {
      isClosed = true
      cancelRegular()
      cancelSoon?.()
    },
  }
}
