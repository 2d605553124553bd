// Whether the agent itself is ill: its life goes on, and its work does not.
import type { ReconcileLoop } from './reconcile-loop.ts'

/** No round takes this long unless the kernel hangs. */
const HUNG_MS = 60_000

/** A sentence; undefined: it is well. */
export function illnessOf(loop: Pick<ReconcileLoop, 'runningSince'>, now: number): string | undefined {
  const since = loop.runningSince()
  if (since === undefined || now - since < HUNG_MS) return undefined
  return `a round has been at work for ${Math.round((now - since) / 1000)} s; the kernel does not answer`
}
