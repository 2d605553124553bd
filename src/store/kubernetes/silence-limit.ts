// Calls when nothing was heard for so long: a connection may die without a word.

type Clock = { readonly after: (milliseconds: number, run: () => void) => () => void }

export type SilenceLimit = {
  /** Begins anew, with another limit if that is given. */
  readonly heard: (milliseconds?: number) => void
  readonly stop: () => void
}

export function limitSilence(clock: Clock, milliseconds: number, onSilence: () => void): SilenceLimit {
  let limit = milliseconds
  let stop = clock.after(limit, onSilence)
  return {
    heard(other = limit) {
      limit = other
      stop()
      stop = clock.after(limit, onSilence)
    },
    stop: () => stop(),
  }
}
