import type { Paint } from './paint.ts'

/** Where a command speaks and answers; handed in, so that a test can listen. Texts come without a newline at their end. */
export type Terminal = {
  readonly print: (text: string) => void
  readonly printError: (text: string) => void
  /** 0: good; 1: fell short; 2: the input is wrong. */
  readonly setExitCode: (code: number) => void
  /** False once nobody reads what is printed, as after `| head`; known a turn of the event loop later. Left out: somebody does. */
  readonly isRead?: () => boolean
  /** Colours of what is printed; left out: none. */
  readonly paint?: Paint
}
