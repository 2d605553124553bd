// Time and words, as main.ts hands them in.
import type { After } from './settling.ts'

export type ControllerClock = {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Calls once, later; returns how to call it off. */
  readonly after: After
}

export type ControllerLog = Record<'debug' | 'info' | 'warn', (fields: object, message: string) => void>

/** Resolves after so long, or once the signal is aborted. */
export async function rest(clock: ControllerClock, milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const cancel = clock.after(milliseconds, end)
    function end(): void {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
  })
}

export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
