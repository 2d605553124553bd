// Tells the network what this node has to say of itself, and only when that is not what the store has.
import type { NodeStatus } from '../model/index.ts'
import type { Clock } from './clock.ts'
import type { Log } from './secret-log.ts'

export type StatusPublisher = {
  /** What the store was read to have. */
  readonly seen: (inStore: NodeStatus | undefined) => void
  readonly publish: (status: NodeStatus) => void
  readonly close: () => Promise<void>
}

export type StatusPublisherOptions = {
  /** False where the store has just that already. */
  readonly write: (status: NodeStatus) => Promise<boolean>
  readonly clock: Clock
  readonly log: Log
}

/** After a write that failed, or before one that says again what was said: two agents of one name would never rest. */
const PAUSE_MS = 5000

export function createStatusPublisher({ write, clock, log }: StatusPublisherOptions): StatusPublisher {
  let wanted: NodeStatus | undefined
  let inStore: NodeStatus | undefined
  /** What was written last. */
  let said: NodeStatus | undefined
  let writing: Promise<void> | undefined
  let cancelPause: (() => void) | undefined
  let isClosed = false

  const isWanted = (): boolean => wanted !== undefined && !isSame(wanted, inStore)

  async function writeWanted(): Promise<void> {
    while (wanted !== undefined && !isClosed && isWanted()) {
      const status = wanted
      const isWritten = await write(status)
      if (isWritten && isSame(status, said))
        log.warn(
          {},
          `somebody else writes the status of node ${status.name}; if two machines run as ${status.name}, give one of them another name`,
        )
      said = status
      inStore = status
    }
  }

  function start(): void {
    if (isClosed || cancelPause !== undefined || writing !== undefined || !isWanted()) return
    writing = writeWanted()
      .catch((cause) => {
        log.warn({ cause }, `cannot publish the status of this node; trying again in ${PAUSE_MS / 1000} s`)
        startLater()
      })
      .finally(() => {
        writing = undefined
        start()
      })
  }

  function startLater(): void {
    cancelPause ??= clock.after(PAUSE_MS, () => {
      cancelPause = undefined
      start()
    })
  }

  return {
    seen(status) {
      inStore = status
      if (wanted !== undefined && isSame(wanted, said) && isWanted()) startLater()
      else start()
    },
    publish(status) {
      wanted = status
      start()
    },
    async close() {
      isClosed = true
      cancelPause?.()
      await writing
    },
  }
}

const isSame = (a: NodeStatus, b: NodeStatus | undefined): boolean =>
  b !== undefined &&
  a.publicKey === b.publicKey &&
  a.underlayMtuBytes === b.underlayMtuBytes &&
  a.underlayIpv6MtuBytes === b.underlayIpv6MtuBytes
