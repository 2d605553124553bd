import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNamespace, deleteNamespace, listNamespaces } from '../linux/index.ts'
import { parseAddress } from '../model/index.ts'
import { enterNode, startHolder } from './node-holder.ts'
import { killAll, type ProcessRecord, processesIn } from './process-record.ts'

const name = `dmk-${randomBytes(3).toString('hex')}-holder`
let folder: string
let holder: ProcessRecord

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'damask-holder-'))
  createNamespace(name)
  holder = await startHolder(folder, name, [{ name: 'n1.example.net', addresses: [parseAddress('203.0.113.7')] }])
})
afterEach(async () => {
  await killAll([holder])
  for (const one of listNamespaces(name)) deleteNamespace(one)
  rmSync(folder, { recursive: true, force: true })
})

function inNode(...line: string[]): { code: number | null; text: string } {
  const [command = '', ...args] = [...enterNode(holder, name), ...line]
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' })
  return { code: status, text: stdout.trim() }
}

describe('a node', () => {
  it('has folders of its own where an agent looks for them', () => {
    inNode('sh', '-c', 'echo socket > /run/damask/a; echo key > /var/lib/damask/b; echo uapi > /var/run/wireguard/c')
    const files = ['run/a', 'state/b', 'wireguard/c'].map((file) => readFileSync(join(folder, file), 'utf8').trim())
    expect(files).toEqual(['socket', 'key', 'uapi'])
  })

  it('leaves nothing of them on the host', () => {
    for (const name of ['run', 'state', 'wireguard']) writeFileSync(join(folder, name, 'mark'), '')
    for (const place of ['/run/damask', '/var/lib/damask', '/run/wireguard'])
      expect(existsSync(`${place}/mark`)).toBe(false)
  })

  it('still sees what else is in those folders', () => {
    expect(inNode('ls', '/var/lib').text.split('\n').sort()).toEqual(
      [...new Set([...readdirSync('/var/lib'), 'damask'])].sort(),
    )
  })

  it('sees a namespace that is made later, and does not keep one that is deleted', () => {
    createNamespace(`${name}-later`)
    expect(inNode('stat', '-f', '-c', '%T', `/run/netns/${name}-later`).text).toBe('nsfs')
    deleteNamespace(`${name}-later`)
    expect(inNode('grep', '-c', `${name}-later`, '/proc/self/mountinfo').text).toBe('0')
  })

  it('knows the names of the lab, which the host does not, and others when its file is written again', () => {
    const before = readFileSync('/etc/hosts', 'utf8')
    expect(inNode('getent', 'hosts', 'n1.example.net').text).toMatch(/^203\.0\.113\.7 /)
    writeFileSync(join(folder, 'hosts'), '127.0.0.1 localhost\n203.0.113.8 n1.example.net\n')
    expect(inNode('getent', 'hosts', 'n1.example.net').text).toMatch(/^203\.0\.113\.8 /)
    expect(inNode('getent', 'hosts', 'localhost').code).toBe(0)
    expect(readFileSync('/etc/hosts', 'utf8')).toBe(before)
  })

  it('keeps its names when it is started again', async () => {
    writeFileSync(join(folder, 'hosts'), '203.0.113.9 n1.example.net\n')
    await killAll([holder])
    holder = await startHolder(folder, name, [])
    expect(inNode('getent', 'hosts', 'n1.example.net').text).toMatch(/^203\.0\.113\.9 /)
  })

  it('has the network of its namespace, also in /sys', () => {
    expect(inNode('ls', '/sys/class/net').text).toBe('lo')
  })

  it('is found by its namespace, whoever started it', () => {
    expect(processesIn([`/run/netns/${name}`])).toEqual([holder])
  })
})
