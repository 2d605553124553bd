// How far a lab is: a line a phase, and on a terminal that can redraw a line, the phase that goes on in place, with its seconds.
import type { LabProgress } from '../lab/index.ts'
import type { Machine } from './commands.ts'

export type OpenProgress = LabProgress & { close(): void }

export function openLabProgress({ terminal, writeError, errorColumns, clock }: ProgressMachine): OpenProgress {
  return errorColumns ? liveProgress(writeError, errorColumns, clock) : plainProgress(terminal.printError)
}

export type ProgressMachine = Pick<Machine, 'terminal' | 'writeError' | 'errorColumns' | 'clock'>

const plainProgress = (print: (line: string) => void): OpenProgress => ({
  phase: print,
  note: print,
  ready: () => {},
  tried: () => {},
  close: () => {},
})

const REDRAW_MILLISECONDS = 100
/** ECMA-48: back to the first column, then EL, erase to the end of the line. */
const CLEAR_LINE = '\r\x1b[K'

type Phase = { readonly what: string; readonly startedAt: number; readonly state?: string }

function liveProgress(write: (text: string) => void, columns: () => number, clock: Machine['clock']): OpenProgress {
  let phase: Phase | undefined
  let stopRedrawing = (): void => {}

  const draw = (): void => {
    // The last column stays empty: some terminals go on to the next line once it is written.
    if (phase) write(`${CLEAR_LINE}${lineOf(phase, clock.now()).slice(0, Math.max(columns() - 1, 0))}`)
  }
  const keepDrawing = (): void => {
    draw()
    stopRedrawing = clock.after(REDRAW_MILLISECONDS, keepDrawing)
  }
  const close = (): void => {
    stopRedrawing()
    if (phase) write(`${CLEAR_LINE}${lineOf(phase, clock.now())}\n`)
    phase = undefined
  }
  const say = (state: string): void => {
    if (phase) phase = { ...phase, state }
  }
  return {
    phase(what) {
      close()
      phase = { what, startedAt: clock.now() }
      keepDrawing()
    },
    note(sentence) {
      write(`${CLEAR_LINE}${sentence}\n`)
      draw()
    },
    ready: (nodes, of) => say(`${nodes}/${of} nodes ready`),
    tried: (pairs, of, failed) => say(`${pairs}/${of} pairs tried, ${failed} fell short`),
    close,
  }
}

function lineOf({ what, startedAt, state }: Phase, now: number): string {
  const seconds = ((now - startedAt) / 1000).toFixed(1).padStart(6)
  return `${seconds} s  ${state === undefined ? '' : `${state}: `}${what}`
}
