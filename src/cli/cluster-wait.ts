// Looks at a cluster until its network is ready.
import type { ClusterStatus } from './cluster-status.ts'
import type { Machine } from './commands.ts'

export type ClusterWait = Pick<Machine, 'clock' | 'signal'> & {
  readonly look: () => Promise<ClusterStatus>
  readonly timeoutSeconds: number
  /** How far it is: a line, at each look. */
  readonly tell: (line: string) => void
}

const PAUSE_MS = 1000
/** A look at a large cluster takes seconds of its API server's: it is left alone for some times as long. */
const PAUSES_FOR_A_LOOK = 4

/** False: not in time. A server that does not answer meanwhile is asked again; it rejects where it never did. */
export async function waitForCluster({ look, timeoutSeconds, tell, clock, signal }: ClusterWait): Promise<boolean> {
  const end = clock.now() + timeoutSeconds * 1000
  let wasSeen = false
  for (;;) {
    const startedAt = clock.now()
    try {
      const status = await look()
      wasSeen = true
      tell(progressLine(status))
      if (status.isReady) return true
    } catch (cause) {
      if (!wasSeen) throw cause
      tell(cause instanceof Error ? cause.message : String(cause))
    }
    const now = clock.now()
    if (now >= end || signal.aborted) return false
    await pause(Math.min(Math.max(PAUSE_MS, PAUSES_FOR_A_LOOK * (now - startedAt)), end - now), clock, signal)
  }
}

const MOST_NAMES = 3

export function progressLine({ nodes, agents, troubles }: ClusterStatus): string {
  const waiting = nodes.filter(({ isReady }) => !isReady)
  const ready = nodes.length - waiting.length
  const line = `${ready} of ${nodes.length} nodes ready, ${agents.ready} of ${agents.total} agents' pods`
  const names = waiting.slice(0, MOST_NAMES).map(({ name }) => name)
  if (names.length > 0) {
    const rest = waiting.length - names.length
    return `${line}; waiting for ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
  }
  const wrong = troubles.find(({ severity }) => severity === 'error')
  return wrong === undefined ? line : `${line}; ${wrong.message}`
}

function pause(milliseconds: number, clock: Machine['clock'], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(milliseconds, done)
    signal.addEventListener('abort', done, { once: true })
  })
}
