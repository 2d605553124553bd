// Tells the network what this node has to say of itself: what plans are made of at once, and only when that is not what the store has;
// what only people read more slowly.
import { formatAddress, type NodeReport, type NodeStatus } from '../model/index.ts'
import type { Clock } from './clock.ts'
import type { Log } from './secret-log.ts'

export type StatusPublisher = {
  /** What the store was read to have. */
  readonly seen: (inStore: NodeStatus | undefined) => void
  /** `news`: for a store in which people look; without it, nothing but what plans are made of is worth a write. */
  readonly publish: (status: NodeStatus, news?: StatusNews) => void
  readonly close: () => Promise<void>
}

export type StatusNews = {
  readonly report: NodeReport
  /** How often its numbers, of pods and of the last handshake, are worth a write. */
  readonly everyMs: number
}

export type StatusPublisherOptions = {
  /** False where the store has just that already. */
  readonly write: (status: NodeStatus, report?: NodeReport) => Promise<boolean>
  readonly clock: Clock
  readonly log: Log
}

/** After a write that failed, or before one that says again what was said: two agents of one name would never rest. */
const PAUSE_MS = 5000
/** A server that goes on refusing is asked ever more slowly. */
const LONGEST_PAUSE_MS = 30_000
/** Between writes that plans do not wait for: what flaps must not keep the store busy. */
const CALM_MS = 10_000

type Said = { readonly status: NodeStatus; readonly news?: StatusNews | undefined }

export function createStatusPublisher({ write, clock, log }: StatusPublisherOptions): StatusPublisher {
  let wanted: Said | undefined
  let inStore: NodeStatus | undefined
  /** What was written last. */
  let said: Said | undefined
  let writing: Promise<void> | undefined
  let isClosed = false
  let cancelTimer = (): void => {}
  let failures = 0
  let failure: string | undefined
  /** When writes were last tried: any, and those for people. */
  let triedAt = Number.NEGATIVE_INFINITY
  let calmTriedAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  /** When the store was found to have something else than what we said. */
  let contradictedAt = Number.NEGATIVE_INFINITY

  const pauseMs = (): number => Math.min(PAUSE_MS * 2 ** Math.max(0, failures - 2), LONGEST_PAUSE_MS)

  /** A clock that was set back makes nobody wait. */
  function forgetFuture(): void {
    const now = clock.now()
    triedAt = Math.min(triedAt, now)
    calmTriedAt = Math.min(calmTriedAt, now)
    failedAt = Math.min(failedAt, now)
    contradictedAt = Math.min(contradictedAt, now)
  }

  /** Undefined: there is nothing to say. */
  function dueAt(): number | undefined {
    if (wanted === undefined) return undefined
    const atLeast = Math.max(clock.now(), failedAt + pauseMs())
    if (!isSame(wanted.status, inStore))
      return isSame(wanted.status, said?.status) ? Math.max(atLeast, contradictedAt + PAUSE_MS) : atLeast
    if (wanted.news === undefined) return undefined
    if (sentencesOf(wanted) !== sentencesOf(said)) return Math.max(atLeast, calmTriedAt + CALM_MS)
    if (numbersOf(wanted) !== numbersOf(said)) return Math.max(atLeast, triedAt + wanted.news.everyMs)
    return undefined
  }

  async function writeWanted(what: Said): Promise<void> {
    const { status, news } = what
    const isPlanned = !isSame(status, inStore)
    const wasOverwritten = isPlanned && inStore !== undefined && said !== undefined && isSame(status, said.status)
    triedAt = clock.now()
    if (!isPlanned) calmTriedAt = triedAt
    const isWritten = await write(status, news?.report)
    if (isWritten && wasOverwritten)
      log.warn(
        {},
        `somebody else writes the status of node ${status.name}; if two machines run as ${status.name}, give one of them another name`,
      )
    said = what
    inStore = status
    failures = 0
    failure = undefined
  }

  function start(): void {
    cancelTimer()
    if (isClosed || writing !== undefined || wanted === undefined) return
    forgetFuture()
    const at = dueAt()
    if (at === undefined) return
    if (at > clock.now()) {
      cancelTimer = clock.after(at - clock.now(), start)
      return
    }
    writing = writeWanted(wanted)
      .catch((cause) => {
        failedAt = clock.now()
        failures++
        const message = cause instanceof Error ? cause.message : String(cause)
        // The same again and again is said once: a server may be away for hours.
        const tell = message === failure ? log.debug : log.warn
        tell({ cause }, `cannot publish the status of this node; trying again in ${pauseMs() / 1000} s`)
        failure = message
      })
      .finally(() => {
        writing = undefined
        start()
      })
  }

  return {
    seen(status) {
      inStore = status
      forgetFuture()
      const isContradicted = said !== undefined && !isSame(said.status, inStore)
      if (isContradicted && clock.now() >= contradictedAt + PAUSE_MS) contradictedAt = clock.now()
      start()
    },
    publish(status, news) {
      wanted = { status, news }
      start()
    },
    async close() {
      isClosed = true
      cancelTimer()
      await writing
    },
  }
}

/** What plans are made of. */
const isSame = (a: NodeStatus | undefined, b: NodeStatus | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.publicKey === b.publicKey &&
  a.underlayMtuBytes === b.underlayMtuBytes &&
  a.underlayIpv6MtuBytes === b.underlayIpv6MtuBytes

function sentencesOf(what: Said | undefined): string | undefined {
  if (what?.news === undefined) return undefined
  const { addresses = [], conditions = [] } = what.status
  const { lastHandshakeAt: _, pods: __, ...report } = what.news.report
  return JSON.stringify([
    addresses.map(({ address, length }) => `${formatAddress(address)}/${length}`),
    conditions.map(({ type, message }) => [type, message]),
    report,
  ])
}

const numbersOf = (what: Said | undefined): string => `${what?.news?.report.lastHandshakeAt} ${what?.news?.report.pods}`
