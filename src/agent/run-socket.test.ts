import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listenAlone } from './run-socket.ts'

let folder: string
const open: Server[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-run-'))
})
afterEach(() => {
  for (const server of open.splice(0)) server.close()
  rmSync(folder, { recursive: true, force: true })
})
const path = () => join(folder, 'agent.sock')
const server = () => {
  const made = createServer((socket) => socket.destroy())
  open.push(made)
  return made
}

/** Leaves a socket that nobody answers on, as a killed agent does. */
const leaveStaleSocket = () =>
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path())}, () => process.kill(process.pid, 'SIGKILL'))`,
  ])

describe('listenAlone()', () => {
  it('opens the socket to its owner alone, and leaves nothing else in the folder', async () => {
    await listenAlone(server(), path())
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['agent.lock', 'agent.sock'])
  })

  it('refuses a second one with the reason and what to do', async () => {
    await listenAlone(server(), path())
    await expect(listenAlone(server(), path())).rejects.toThrow(/another agent runs on .*agent\.lock; stop it/)
    expect(readdirSync(folder)).toEqual(['agent.lock', 'agent.sock'])
  })

  it('replaces what a killed agent left', async () => {
    leaveStaleSocket()
    expect(existsSync(path())).toBe(true)
    await listenAlone(server(), path())
    expect(readdirSync(folder)).toEqual(['agent.lock', 'agent.sock'])
  })

  it('lets one of many win that start at the same moment over a stale socket', async () => {
    leaveStaleSocket()
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => listenAlone(server(), path())))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('gives the folder up for the next', async () => {
    const release = await listenAlone(server(), path())
    await release()
    expect(existsSync(path())).toBe(false)
    await listenAlone(server(), path())
    expect(existsSync(path())).toBe(true)
  })
})
