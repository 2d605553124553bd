import { describe, expect, it } from 'vitest'
import type { Machine } from './commands.ts'
import { runProgram } from './program.ts'

async function run(...words: readonly string[]) {
  const printed: string[] = []
  const errors: string[] = []
  let exitCode: number | undefined
  const machine: Machine = {
    terminal: {
      print: (text) => printed.push(text),
      printError: (text) => errors.push(text),
      setExitCode: (code) => {
        exitCode = code
      },
    },
    writeError: (text) => errors.push(text),
    signal: new AbortController().signal,
    clock: { now: () => 0, after: () => () => {} },
    kernelRelease: '6.1.0',
    isRoot: false,
    self: ['damask'],
  }
  await runProgram(words, '1.2.3', machine)
  return { printed: printed.join('\n'), errors: errors.join('\n'), exitCode }
}

describe('damask', () => {
  it('says its version', async () => {
    expect(await run('--version')).toEqual({ printed: '1.2.3', errors: '', exitCode: 0 })
  })

  it('lists its commands', async () => {
    const { printed, exitCode } = await run('--help')
    for (const name of ['agent', 'status', 'plan', 'graph', 'lab', 'cidr', 'completion'])
      expect(printed).toMatch(new RegExp(`^  ${name}`, 'm'))
    expect(exitCode).toBe(0)
  })

  it('takes --color before and after the name of a command', async () => {
    for (const words of [
      ['--color', 'never', 'cidr', 'nth', '10.0.0.0/8', '1'],
      ['cidr', 'nth', '--color=always', '10.0.0.0/8', '1'],
    ])
      expect(await run(...words)).toEqual({ printed: '10.0.0.1', errors: '', exitCode: 0 })
    expect(await run('cidr', '--color', 'green')).toMatchObject({ exitCode: 2, errors: expect.stringMatching(/auto/) })
  })

  it('does not list what only other programs ask, and answers it', async () => {
    expect((await run('--help')).printed).not.toMatch(/^ {2}complete /m)
    expect((await run('complete', '--', 'cidr', 'me')).printed).toMatch(/^merge\t/)
  })

  it('names the nearest command for one that it does not know', async () => {
    const { errors, exitCode } = await run('statsu')
    expect(errors).toMatch(/unknown command 'statsu'.*Did you mean status\?/s)
    expect(exitCode).toBe(2)
  })

  it('shows the help of a command in both ways of asking', async () => {
    const asked = await run('status', '--help')
    expect(asked.printed).toMatch(/--run <folder>/)
    expect((await run('help', 'status')).printed).toBe(asked.printed)
    expect(asked.exitCode).toBe(0)
  })

  it('takes a missing and an unknown option as wrong input', async () => {
    expect(await run('agent', '--store', '/nowhere')).toMatchObject({
      exitCode: 2,
      errors: expect.stringMatching(/--node/),
    })
    expect(await run('status', '--rnu', '/x')).toMatchObject({ exitCode: 2, errors: expect.stringMatching(/--run/) })
    expect(await run('status', '-o', 'xml')).toMatchObject({ exitCode: 2, errors: expect.stringMatching(/text, json/) })
  })

  it('shows help and fails where nothing is asked', async () => {
    expect((await run()).exitCode).toBe(2)
  })

  it('refuses a name that no node can have', async () => {
    expect(await run('agent', '--node', 'AWS_1', '--store', '/x')).toMatchObject({
      exitCode: 2,
      errors: '"AWS_1" is not the name of a node: names are DNS names, as in aws-1',
    })
  })

  it('passes what a command answers on', async () => {
    expect(await run('cidr', 'contains', '10.0.0.0/8', '192.168.0.1')).toMatchObject({ printed: 'false', exitCode: 1 })
  })

  it('says clearly that no agent is there', async () => {
    const { errors, exitCode } = await run('status', '--run', '/nonexistent')
    expect(errors).toBe(
      'no agent runs here: there is no socket /nonexistent/agent.sock; start one (damask agent), or name its run folder (--run)',
    )
    expect(exitCode).toBe(1)
  })
})
