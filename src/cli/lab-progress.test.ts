import { beforeEach, describe, expect, it } from 'vitest'
import { type OpenProgress, openLabProgress, type ProgressMachine } from './lab-progress.ts'

let now: number
let waiting: Set<{ at: number; run: () => void }>
const clock: ProgressMachine['clock'] = {
  now: () => now,
  after(milliseconds, run) {
    const timer = { at: now + milliseconds, run }
    waiting.add(timer)
    return () => void waiting.delete(timer)
  },
}
function pass(milliseconds: number): void {
  const end = now + milliseconds
  for (;;) {
    const [next] = [...waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
    if (!next) break
    waiting.delete(next)
    now = next.at
    next.run()
  }
  now = end
}

/** What a terminal shows after all that was written: it knows line feeds, carriage returns and "erase to the end". */
function shown(written: string): string[] {
  const lines = ['']
  let column = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal obeys
  for (const [token] of written.matchAll(/\x1b\[K|[\s\S]/g)) {
    const line = lines.at(-1) ?? ''
    if (token === '\r') column = 0
    else if (token === '\n') {
      lines.push('')
      column = 0
    } else if (token === '\x1b[K') lines[lines.length - 1] = line.slice(0, column)
    else lines[lines.length - 1] = line.slice(0, column) + token + line.slice(++column)
  }
  return lines
}

let written: string
let printed: string[]
function open(columns?: number): OpenProgress {
  const terminal = { print: () => {}, printError: (text: string) => void printed.push(text), setExitCode: () => {} }
  const writeError = (text: string): void => {
    written += text
  }
  return openLabProgress({ terminal, writeError, clock, ...(columns !== undefined && { errorColumns: () => columns }) })
}
beforeEach(() => {
  now = 1_000_000
  waiting = new Set()
  written = ''
  printed = []
})

describe('on a terminal', () => {
  it('the phase that goes on is one line with its seconds, drawn anew in place', () => {
    const progress = open(100)
    progress.phase('building 4 clouds')
    expect(shown(written)).toEqual(['   0.0 s  building 4 clouds'])
    pass(1230)
    expect(shown(written)).toEqual(['   1.2 s  building 4 clouds'])
  })

  it('finished phases stay above it, with the seconds that they took and what came of them', () => {
    const progress = open(100)
    progress.phase('waiting')
    progress.ready(2, 7)
    pass(2000)
    expect(shown(written)).toEqual(['   2.0 s  2/7 nodes ready: waiting'])
    progress.ready(7, 7)
    progress.phase('trying every pair')
    pass(500)
    progress.tried(120, 364, 3)
    pass(500)
    expect(shown(written)).toEqual([
      '   2.0 s  7/7 nodes ready: waiting',
      '   1.0 s  120/364 pairs tried, 3 fell short: trying every pair',
    ])
  })

  it('what is to stay in sight goes above it', () => {
    const progress = open(100)
    progress.phase('waiting for all')
    progress.note('node a is not ready')
    expect(shown(written)).toEqual(['node a is not ready', '   0.0 s  waiting for all'])
  })

  it('it never reaches the end of the line while it is drawn anew, and is whole once it is finished', () => {
    const progress = open(20)
    progress.phase('a phase with a long name')
    pass(300)
    expect(shown(written)).toEqual(['   0.3 s  a phase w'])
    progress.close()
    expect(shown(written)).toEqual(['   0.3 s  a phase with a long name', ''])
  })

  it('nothing is drawn, and nothing waits, after the end', () => {
    const progress = open(100)
    progress.phase('taking down')
    progress.close()
    progress.close()
    const before = written
    pass(5000)
    expect(written).toBe(before)
    expect(waiting.size).toBe(0)
  })
})

it('elsewhere it is a plain line a phase and a note, and no count', () => {
  const progress = open()
  progress.phase('building')
  progress.ready(1, 2)
  progress.tried(1, 2, 0)
  progress.note('node a is not ready')
  pass(5000)
  progress.close()
  expect(printed).toEqual(['building', 'node a is not ready'])
  expect(written).toBe('')
})
