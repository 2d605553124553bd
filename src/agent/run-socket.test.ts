import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listenAlone, type RunSocket } from './run-socket.ts'

let folder: string
const open: Server[] = []
/** Held, or the garbage collector closes their locks. */
const held: RunSocket[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-run-'))
})
afterEach(async () => {
  for (const socket of held.splice(0)) await socket.release()
  for (const server of open.splice(0)) server.close()
  rmSync(folder, { recursive: true, force: true })
})
const path = () => join(folder, 'agent.sock')
const server = () => {
  const made = createServer((socket) => socket.destroy())
  open.push(made)
  return made
}

async function listenHere(): Promise<RunSocket> {
  const socket = await listenAlone(server(), path())
  held.push(socket)
  return socket
}

/** Leaves a socket that nobody answers on, as a killed agent does. */
const leaveStaleSocket = () =>
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path())}, () => process.kill(process.pid, 'SIGKILL'))`,
  ])

describe('listenAlone()', () => {
  it('opens the socket to its owner alone, and leaves nothing else in the folder', async () => {
    await listenHere()
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['agent.lock', 'agent.sock'])
  })

  it('refuses a second one with the reason and what to do', async () => {
    await listenHere()
    await expect(listenHere()).rejects.toThrow(/another agent runs on .*agent\.lock; stop it/)
    expect(readdirSync(folder)).toEqual(['agent.lock', 'agent.sock'])
  })

  it('replaces what a killed agent left', async () => {
    leaveStaleSocket()
    expect(existsSync(path())).toBe(true)
    await listenHere()
    expect(readdirSync(folder)).toEqual(['agent.lock', 'agent.sock'])
  })

  it('lets one of many win that start at the same moment over a stale socket', async () => {
    leaveStaleSocket()
    const results = await Promise.allSettled(Array.from({ length: 5 }, listenHere))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('gives the folder up for the next', async () => {
    const socket = await listenHere()
    await socket.release()
    expect(existsSync(path())).toBe(false)
    await listenHere()
    expect(existsSync(path())).toBe(true)
  })

  it('makes again what somebody deleted: the socket, the lock, the whole folder; and not where another agent has come', async () => {
    const socket = await listenHere()
    expect(await socket.restore()).toBe(false)
    for (const deleted of ['agent.sock', 'agent.lock', '']) {
      rmSync(join(folder, deleted), { recursive: true })
      expect(await socket.restore()).toBe(true)
      expect(readdirSync(folder)).toEqual(['agent.lock', 'agent.sock'])
      await expect(listenHere()).rejects.toThrow(/another agent runs on/)
    }
    rmSync(folder, { recursive: true })
    await listenHere()
    await expect(socket.restore()).rejects.toThrow(/another agent runs on/)
  })
})
