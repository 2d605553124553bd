// Looks every five seconds whether the agent's sockets are still in their folder: whoever cleans up /run would else cut off a node's
// pods until somebody starts the agent again.
import type { Clock } from './clock.ts'
import type { Log } from './secret-log.ts'

const EVERY_MS = 5000

export type SocketWatch = { readonly close: () => Promise<void> }

export type WatchedSocket = {
  readonly path: string
  /** True: it had to be made again. */
  readonly restore: () => Promise<boolean>
}

/** In their order: where one cannot be made, those after it are left alone until it can. */
export function watchSockets(
  sockets: readonly WatchedSocket[],
  { clock, log }: { readonly clock: Clock; readonly log: Pick<Log, 'warn' | 'error'> },
): SocketWatch {
  let isClosed = false
  let said: string | undefined
  let looking = Promise.resolve()

  async function look(): Promise<void> {
    for (const { path, restore } of sockets) {
      try {
        if (!(await restore())) continue
        log.warn({ path }, `somebody deleted ${path}; listening there again`)
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause)
        if (message !== said) log.error({ path, cause }, `somebody deleted ${path}, and it cannot be made: ${message}`)
        said = message
        return
      }
    }
    said = undefined
  }

  let cancel = (): void => {}
  const lookLater = (): void => {
    cancel = clock.after(EVERY_MS, () => {
      looking = look().then(() => {
        if (!isClosed) lookLater()
      })
    })
  }
  lookLater()
  return {
    async close() {
      isClosed = true
      cancel()
      await looking
    },
  }
}
