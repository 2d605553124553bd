// Whether the agent itself is ill: its life goes on, and its work does not.

/** Neither a round nor a reading takes this long unless the kernel (or wireguard-go) hangs. */
const HUNG_MS = 60_000

/** A sentence; undefined: it is well. `since`: when what is at work began, in milliseconds since 1970. */
export const illnessOf = (since: number | undefined, now: number): string | undefined =>
  since === undefined || now - since < HUNG_MS
    ? undefined
    : `a round has been at work for ${Math.round((now - since) / 1000)} s; the kernel does not answer`
