import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bundleCommand } from './bundle-command.ts'

let folder = ''
let agent: Server | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-bundle-'))
  mkdirSync(join(folder, 'state'))
})
afterEach(() => {
  agent?.close()
  agent = undefined
  rmSync(folder, { recursive: true })
})

async function bundle(...words: readonly string[]) {
  const [printed, errors] = [[] as string[], [] as string[]]
  let exitCode: number | undefined
  const command = bundleCommand({
    kernelRelease: '6.1.0-x',
    kubeconfig: join(folder, 'none'),
    clock: { now: () => Date.UTC(2026, 10, 22), after: () => () => {} },
    terminal: {
      print: (text) => void printed.push(text),
      printError: (text) => void errors.push(text),
      setExitCode: (code) => {
        exitCode = code
      },
    },
  })
  await command.parseAsync(words, { from: 'user' })
  return { printed: printed.join('\n'), errors, exitCode }
}

async function bundleHere(): Promise<(name: string) => string> {
  const path = join(folder, 'here.tar.gz')
  const { printed, exitCode } = await bundle('--local', '--run', folder, '--state', join(folder, 'state'), '-o', path)
  expect(printed).toMatch(new RegExp(`^${path}: \\d+ files`))
  expect(exitCode).toBe(0)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  execFileSync('tar', ['xzf', path], { cwd: folder })
  return (name) => readFileSync(join(folder, 'here', name), 'utf8')
}

describe('damask bundle --local', () => {
  test('has what the agent says, and the last world, but not the private key', async () => {
    const [privateKey = '', own = '', peer = ''] = Array.from({ length: 3 }, () => randomBytes(32).toString('base64'))
    writeFileSync(join(folder, 'state/private.key'), privateKey)
    writeFileSync(
      join(folder, 'state/world.snapshot'),
      JSON.stringify({ statuses: [{ publicKey: peer }], odd: privateKey }),
    )
    const status = JSON.stringify({ node: 'aws-1', publicKey: own, error: `cannot use ${privateKey}` })
    agent = createServer((request, answer) => answer.end(request.url === '/metrics' ? 'damask_ready 1\n' : status))
    await new Promise<void>((resolve) => agent?.listen(join(folder, 'agent.sock'), resolve))
    const read = await bundleHere()
    expect(JSON.parse(read('status.json'))).toEqual({
      node: 'aws-1',
      publicKey: own,
      error: 'cannot use [withheld: key]',
    })
    expect(read('world.snapshot')).toContain(peer)
    expect(read('metrics.txt')).toBe('damask_ready 1\n')
    expect(read('kernel.txt')).toBe('6.1.0-x\n')
    expect(() => execFileSync('grep', ['-rF', privateKey, join(folder, 'here')])).toThrow()
  })

  test('where no agent runs says so, and has the rest', async () => {
    const read = await bundleHere()
    expect(read('INDEX.txt')).toMatch(/^Damask \S+: a bundle of this machine, gathered at 2026-11-22T00:00:00Z\.\n/)
    expect(read('INDEX.txt')).toContain(
      `Not in it\n  status.json: no agent runs here: there is no socket ${folder}/agent.sock`,
    )
    expect(read('os-release.txt')).toContain('NAME=')
  })
})

describe('damask bundle of a cluster', () => {
  test('without a kubeconfig says which one is missing', async () => {
    const { errors, exitCode } = await bundle()
    expect(errors).toEqual([expect.stringContaining(`there is no kubeconfig at ${folder}/none`)])
    expect(exitCode).toBe(1)
  })

  test('and of a machine at once is refused', async () => {
    const { errors, exitCode } = await bundle('--local', '--node', 'aws-1')
    expect(errors).toEqual([expect.stringContaining('--local is of this machine alone')])
    expect(exitCode).toBe(2)
  })
})
