// Work that keeps the kernel, and so this process, busy for a millisecond a piece: of many requests at once only one is done in
// each turn of the event loop, so that nobody else has to wait for all of them.
import { setImmediate } from 'node:timers/promises'

export type OneATurn = <T>(work: () => Promise<T>) => Promise<T>

/** In the order in which it is asked for, one after the other. */
export function oneATurn(): OneATurn {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(() => setImmediate()).then(work)
    last = turn.catch(() => {})
    return turn
  }
}
