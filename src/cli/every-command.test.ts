// What help tells people to type: `$` is harmless, and runs here as it stands; `#` needs root, and a machine to change.
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMANDS, type Machine } from './commands.ts'
import { rootCommand } from './root-command.ts'

const machine: Machine = {
  terminal: { print: () => {}, printError: () => {}, setExitCode: () => {} },
  writeError: () => {},
  signal: new AbortController().signal,
  clock: { now: () => 0, after: () => () => {} },
  kernelRelease: '6.1.0',
  isRoot: false,
  self: ['damask'],
}
const commands = await Promise.all(COMMANDS.map(async ({ name, load }) => [name, await load(machine)] as const))
const root = rootCommand('', COMMANDS, new Map(commands))

const helps = [root, ...leavesOf(root)].map((command) => ({ command: nameOf(command), help: helpOf(command) }))
// Those of `damask cidr` are run beside it, and compared with the answers that its help shows.
const harmless = helps
  .flatMap(({ help }) => [...help.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line = '']) => line))
  .filter((line) => !line.startsWith('damask cidr '))

function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  return text
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-help-'))
  mkdirSync(join(folder, 'bin'))
  const program = join(folder, 'bin', 'damask')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'main.ts')}' "$@"\n`)
  chmodSync(program, 0o755)
  symlinkSync(join(import.meta.dirname, '../../examples'), join(folder, 'examples'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const type = (line: string) =>
  new Promise<{ code: number; err: string }>((resolve) => {
    const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, HOME: folder }
    execFile('bash', ['-c', line], { cwd: folder, env }, (error, _, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), err }),
    )
  })

describe('the help of every command', () => {
  it.each(helps)('$command ends with examples that begin with a prompt', ({ help }) => {
    const [, examples = ''] = help.split(/^Examples?:\n/m)
    expect(examples).toMatch(/^ {2}[$#] /)
    expect(examples).toContain('damask ')
  })
})

/** They print documents, scripts or what another program says, or one line about what they did. */
const WITHOUT_JSON = [
  'agent',
  'keeper',
  'lab exec',
  'lab reboot',
  'lab down',
  'completion',
  'complete',
  'bundle',
  'render wg-quick',
  'check serve-probes',
].map((name) => `damask ${name}`)

it('-o json is there wherever a command prints data', () => {
  const [json, others] = [[], []] as [string[], string[]]
  for (const leaf of leavesOf(root)) {
    const output = leaf.options.find(({ long }) => long === '--output')
    ;(output?.short === '-o' && output.argChoices?.includes('json') ? json : others).push(nameOf(leaf))
  }
  expect(json).toEqual(
    expect.arrayContaining(
      ['status', 'plan', 'graph', 'lab run', 'lab up', 'lab status', 'cidr show'].map((n) => `damask ${n}`),
    ),
  )
  expect(others.filter((name) => !WITHOUT_JSON.includes(name))).toEqual([])
})

describe('an example that is harmless works as it stands', () => {
  it.each(harmless)('%s', async (line) => {
    const { code, err } = await type(line)
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })
})
