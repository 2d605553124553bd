// What the commands that change a cluster work with, and how they wait for it.
import type { KubernetesApi } from '../../store/index.ts'

export type ClusterJob = {
  readonly api: KubernetesApi
  readonly clock: { readonly now: () => number; readonly after: (milliseconds: number, run: () => void) => () => void }
  readonly signal: AbortSignal
  /** One line about what was done, or what is waited for. */
  readonly tell: (line: string) => void
}

/** Of a look: what it waits for, as a line; undefined: nothing any more. */
export type Look = () => Promise<string | undefined>

const PAUSE_MS = 1000

/** Looks until there is nothing to wait for; false: it took too long. Tells what it waits for when that changes. */
export async function waitFor(job: ClusterJob, timeoutSeconds: number, look: Look): Promise<boolean> {
  const end = job.clock.now() + timeoutSeconds * 1000
  let told: string | undefined
  for (;;) {
    const line = await look()
    if (line === undefined) return true
    if (line !== told) job.tell(line)
    told = line
    if (job.clock.now() >= end) return false
    await pause(job)
  }
}

function pause({ clock, signal }: ClusterJob): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      cancel()
      reject(new Error('stopped; what was done so far stays, and calling it again goes on from there'))
    }
    const cancel = clock.after(PAUSE_MS, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
