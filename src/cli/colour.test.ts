import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allowsColour, colourWish, wordsWithoutColour } from './colour-choice.ts'
import { COLOURED, PLAIN } from './paint.ts'
import { paintedTerminal } from './painted-terminal.ts'

const ESC = '\u001b'

describe('colour', () => {
  it('is for terminals, and never where NO_COLOR is set and not empty', () => {
    const onTerminal = { isTerminal: true, noColor: undefined, term: 'xterm' }
    expect(allowsColour(onTerminal)).toBe(true)
    expect(allowsColour({ ...onTerminal, noColor: '' })).toBe(true)
    expect(allowsColour({ ...onTerminal, noColor: '0' })).toBe(false)
    expect(allowsColour({ ...onTerminal, isTerminal: false })).toBe(false)
    expect(allowsColour({ ...onTerminal, term: 'dumb' })).toBe(false)
  })

  it('is asked for by --color anywhere before a double dash, the last one counting', () => {
    expect(colourWish(['plan', 'x'])).toBe('auto')
    expect(colourWish(['--color', 'never', 'plan'])).toBe('never')
    expect(colourWish(['plan', '--color=never', 'x', '--color=always'])).toBe('always')
    expect(colourWish(['plan', '--color', 'green'])).toBe('auto')
    expect(colourWish(['lab', 'exec', 'aws-1', '--', 'ls', '--color=always'])).toBe('auto')
    expect(wordsWithoutColour(['--color', 'never', 'plan', 'x'])).toEqual(['plan', 'x'])
    expect(wordsWithoutColour(['lab', '--color=never', '--', '--color'])).toEqual(['lab', '--', '--color'])
  })
})

describe('a terminal in colour', () => {
  const said: string[] = []
  const terminal = { print: () => {}, printError: (text: string) => said.push(text), setExitCode: () => {} }
  const say = (text: string, ...given: [Parameters<typeof paintedTerminal>[1], boolean]) => {
    const painted = paintedTerminal(terminal, given[0], { output: false, error: given[1] })
    painted.printError(text)
    return said.at(-1)
  }

  it('paints the word that says how bad it is, and nothing else', () => {
    expect(say('warning: a warning: is\nw.yaml:3:1: warning: odd', 'auto', true)).toBe(
      `${ESC}[33mwarning${ESC}[39m: a warning: is\nw.yaml:3:1: ${ESC}[33mwarning${ESC}[39m: odd`,
    )
    expect(say('error: no', 'always', false)).toContain(`${ESC}[31m`)
    expect(say('errors are many', 'always', false)).toBe('errors are many')
  })

  it('says the same without colour', () => {
    expect(say('error: no', 'auto', false)).toBe('error: no')
    expect(say('error: no', 'never', true)).toBe('error: no')
  })

  it('decides for output and errors on their own', () => {
    expect(paintedTerminal(terminal, 'auto', { output: true, error: false }).paint).toBe(COLOURED)
    expect(paintedTerminal(terminal, 'auto', { output: false, error: true }).paint).toBe(PLAIN)
  })
})

describe('damask on a terminal', () => {
  /** What stands on a terminal after a wrong command line, of which `error` is the first word. */
  const seen = (words: string, environment: NodeJS.ProcessEnv) => {
    const command = `'${process.execPath}' '${join(import.meta.dirname, 'main.ts')}' cidr ${words} || true`
    const env = { PATH: process.env.PATH, TERM: 'xterm', ...environment }
    return execFileSync('script', ['-qec', command, '/dev/null'], { env, encoding: 'utf8' })
  }

  it('says errors in colour, but not with NO_COLOR, nor where it is told not to', () => {
    expect(seen('--nonsense', {})).toContain(`${ESC}[31merror`)
    expect(seen('--nonsense', { NO_COLOR: '1' })).toMatch(/^error: /)
    expect(seen('--nonsense', { NO_COLOR: '' })).toContain(`${ESC}[31merror`)
    expect(seen('--nonsense --color never', {})).toMatch(/^error: /)
  })

  it('says them without, where nobody but a program reads them', () => {
    expect(seen('--nonsense 2>&1 | cat', {})).toMatch(/^error: /)
    expect(seen('--nonsense --color=always 2>&1 | cat', { NO_COLOR: '1' })).toContain(`${ESC}[31merror`)
  })
})
