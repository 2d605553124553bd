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
  readonly write: (status: NodeStatus) => Promise<boolean>
  readonly clock: Clock
  readonly log: Log
}

const RETRY_MS = 5000

export function createStatusPublisher({ write, clock, log }: StatusPublisherOptions): StatusPublisher {
  let wanted: NodeStatus | undefined
  let published: NodeStatus | undefined
  let writing: Promise<void> | undefined
  let cancelRetry: (() => void) | undefined
  let isClosed = false

  async function writeWanted(): Promise<void> {
    while (wanted !== undefined && !isClosed && !isSame(wanted, published)) {
      const status = wanted
      await write(status)
      published = status
    }
  }

  function start(): void {
    if (isClosed || cancelRetry !== undefined) return
    writing ??= writeWanted()
      .catch((cause) => {
        log.warn({ cause }, `cannot publish the status of this node; trying again in ${RETRY_MS / 1000} s`)
        cancelRetry = clock.after(RETRY_MS, () => {
          cancelRetry = undefined
          start()
        })
      })
      .finally(() => {
        writing = undefined
      })
  }

  return {
    seen(inStore) {
      published = inStore
      start()
    },
    publish(status) {
      wanted = status
      start()
    },
    async close() {
      isClosed = true
      cancelRetry?.()
      await writing
    },
  }
}

const isSame = (a: NodeStatus, b: NodeStatus | undefined): boolean =>
  b !== undefined && a.publicKey === b.publicKey && a.underlayMtuBytes === b.underlayMtuBytes
