// What really arrives: echo requests of two sizes at their receiver, answers at the sender, and TCP connections; all pairs at once, since
// a session may be begun by either side alone.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Heard } from './echo-ear.ts'
import { type OpenStation, openStation } from './open-station.ts'
import { isSmall, type Measured, type Station, type Trial } from './trial.ts'

/**
 * Machines begin one after the other: two that begin a session with each other at once may both throw it away, or keep the halves of two
 * (wireguard-go), and need 15 s to notice. More than the jitter of a second try.
 */
export const TURN_MILLISECONDS = 400
/** What is not answered is sent again as often. */
const ROUND_MILLISECONDS = 350
/** WireGuard tries a handshake again after 5 s and up to 0.4 s more (REKEY_TIMEOUT, and its jitter): nothing is judged before that. */
const LEAST_MILLISECONDS = 7_000
/** Nor before nothing new has come for as long. */
const QUIET_MILLISECONDS = 1_500
/** What is awaited has so long: halves of two sessions, kept by either side, are noticed after 15 s (KEEPALIVE_TIMEOUT and REKEY_TIMEOUT). */
const MOST_MILLISECONDS = 30_000
const LAST_ROUNDS = 5

/**
 * In the order of the trials. `isAwaited`: more should come of this trial, which only time can tell; all else is over sooner.
 */
export async function measure(
  stations: readonly Station[],
  trials: readonly Trial[],
  isAwaited: (trial: Trial, came: Measured) => boolean,
): Promise<Measured[]> {
  const arrived = new Set<number>()
  const answered = new Set<number>()
  let lastNews = performance.now()
  const hearAt =
    (station: Station) =>
    ({ trial: number, kind, bytes }: Heard): void => {
      const trial = trials[number]
      const [set, place] = kind === 'request' ? [arrived, trial?.to] : [answered, trial?.from]
      if (trial?.bytes !== bytes || place !== station || set.has(number)) return
      set.add(number)
      lastNews = performance.now()
    }
  const opened = new Map<Station, OpenStation>()
  const openedAt = (station: Station): OpenStation => {
    const open = opened.get(station)
    if (open === undefined) throw new Error(`${station.name} is not open`)
    return open
  }
  const machines = [...new Set(stations.map(({ node }) => node))]
  const start = performance.now()
  const hasBegun = ({ from: { node } }: Trial): boolean =>
    performance.now() - start >= machines.indexOf(node) * TURN_MILLISECONDS
  const leastMilliseconds = LEAST_MILLISECONDS + machines.length * TURN_MILLISECONDS
  const sendAll = async (due: (number: number, trial: Trial) => boolean): Promise<void> => {
    for (const [number, trial] of trials.entries())
      if (hasBegun(trial) && due(number, trial)) openedAt(trial.from).send(trial.target, number, trial.bytes)
    await sleep(ROUND_MILLISECONDS)
  }
  const cameOf = (number: number): Measured => ({ arrived: arrived.has(number), answered: answered.has(number) })
  const isOver = (): boolean => {
    const now = performance.now()
    if (answered.size === trials.length || now - start > MOST_MILLISECONDS) return true
    const isQuiet = now - start > leastMilliseconds && now - lastNews > QUIET_MILLISECONDS
    return isQuiet && !trials.some((trial, number) => isAwaited(trial, cameOf(number)))
  }
  try {
    for (const station of stations) opened.set(station, await openStation(station, hearAt(station)))
    do await sendAll((number) => !answered.has(number))
    while (!isOver())
    // What came once, in pieces, may be refused from then on: its sender has learned how much fits. What goes on counts.
    const again = new Set<number>()
    for (const [number, trial] of trials.entries()) if (!isSmall(trial) && arrived.delete(number)) again.add(number)
    const isMissing = (number: number): boolean => again.has(number) && !arrived.has(number)
    for (let round = 0; round < LAST_ROUNDS && [...again].some(isMissing); round++) await sendAll(isMissing)
    return await Promise.all(
      trials.map(async (trial, number): Promise<Measured> => {
        const { from, to, family, target } = trial
        const came = cameOf(number)
        if (!isSmall(trial)) return came
        return { ...came, connected: await openedAt(from).connects(target, openedAt(to).portOf(family)) }
      }),
    )
  } finally {
    for (const one of opened.values()) one.close()
  }
}
