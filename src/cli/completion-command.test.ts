// The scripts in the shells they are for: bash is everywhere here; the others are tried where they are installed.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from './completion-script.ts'

let folder = ''
let environment: NodeJS.ProcessEnv = {}
let shell: ChildProcess | undefined

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-completion-'))
  const program = join(folder, 'damask')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'main.ts')}' "$@"\n`)
  chmodSync(program, 0o755)
  writeFileSync(join(folder, 'world-of-mine.yaml'), '')
  for (const name of SHELLS) writeFileSync(join(folder, `completion.${name}`), COMPLETION_SCRIPTS[name])
  const { PATH = '', LANG } = process.env
  environment = { PATH: `${folder}:${PATH}`, HOME: folder, TERM: 'dumb', ...(LANG !== undefined && { LANG }) }
})
afterEach(() => {
  shell?.kill('SIGKILL')
  shell = undefined
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const isInstalled = (name: Shell): boolean => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** An interactive shell on a terminal of its own; `type` waits until what stands on it matches. */
function openShell(command: string) {
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder, env: environment })
  shell = child
  let seen = ''
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk
  })
  return async (keys: string, wanted: RegExp): Promise<void> => {
    seen = ''
    child.stdin.write(keys)
    await expect.poll(() => seen).toMatch(wanted)
  }
}

const ready = 'echo rea""dy\n'
const killLine = '\u0015'

describe('the script of bash', () => {
  it('completes commands, values and files at a prompt', async () => {
    const type = openShell('bash --norc --noprofile -i')
    await type(`source ./completion.bash; ${ready}`, /^ready/m)
    await type('damask pla\t', /damask plan /)
    await type('wor\t', /world-of-mine\.yaml /)
    await type(`${killLine}damask graph --output=mer\t`, /graph --output=mermaid /)
    await type(`${killLine}damask completion \t\t`, /bash +fish +zsh/)
  })

  it('is also loaded for a path to the program', async () => {
    const type = openShell('bash --norc --noprofile -i')
    await type(`source ./completion.bash; ${ready}`, /^ready/m)
    await type('./damask cidr sub\t', /damask cidr subtract /)
  })
})

it('the script of zsh completes commands, values and files at a prompt', async ({ skip }) => {
  if (!isInstalled('zsh')) skip('zsh is not installed')
  const type = openShell('zsh -f -i')
  await type(`autoload -Uz compinit; compinit -u -D; source ./completion.zsh; ${ready}`, /^ready/m)
  await type('damask pla\t', /damask plan /)
  await type('wor\t', /world-of-mine\.yaml/)
  await type(`${killLine}damask graph --output=mer\t`, /graph --output=mermaid/)
})

it('the script of fish completes commands, values and files', ({ skip }) => {
  if (!isInstalled('fish')) skip('fish is not installed')
  const complete = (line: string) =>
    execFileSync('fish', ['--no-config', '-c', 'source completion.fish; complete -C $argv[1]', line], {
      cwd: folder,
      env: environment,
      encoding: 'utf8',
    })
  expect(complete('damask pla')).toMatch(/^plan\tshow what each node/)
  expect(complete('damask plan wor')).toMatch(/^world-of-mine\.yaml/)
  expect(complete('damask graph --output=mer')).toBe('--output=mermaid\n')
  expect(complete('damask completion ')).toBe('bash\nfish\nzsh\n')
})

describe.each(SHELLS)('the script for %s', (name) => {
  it('is one that the shell reads without complaint', ({ skip }) => {
    if (!isInstalled(name)) skip(`${name} is not installed`)
    expect(execFileSync(name, ['-n', join(folder, `completion.${name}`)], { encoding: 'utf8' })).toBe('')
  })

  it('asks the program that is called, not one of its name elsewhere', () => {
    expect(COMPLETION_SCRIPTS[name]).toMatch(/("\$program"|\(Q\)words\[1\]\}"|\(\$program) complete -- /)
  })
})
