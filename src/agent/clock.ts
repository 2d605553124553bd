/** Time, handed in so that tests can turn it by hand. */
export type Clock = {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Calls once, later; returns how to call it off. */
  readonly after: (milliseconds: number, run: () => void) => () => void
}
