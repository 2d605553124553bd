import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { NodeStatus, PublicKey } from '../model/index.ts'
import { openDirectoryStore } from './directory-store.ts'
import type { Store } from './store.ts'
import { WORLD } from './world.fixture.ts'

let folder: string
let root: string
let store: Store
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-store-'))
  root = join(folder, 'store')
  mkdirSync(root)
  for (const [index, document] of WORLD.split('---\n').entries()) writeFileSync(join(root, `${index}.yaml`), document)
  store = openDirectoryStore({ directory: root })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

describe('a status', () => {
  const status: NodeStatus = {
    name: 'gcp-1',
    publicKey: 'CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' as PublicKey,
    underlayMtuBytes: 1460,
    conditions: [{ type: 'Clash', message: 'a: "text" with # all that\nYAML minds' }],
  }
  const path = (): string => join(root, 'status/gcp-1.yaml')

  test('is read as it was written', async () => {
    expect(await store.writeStatus(status)).toBe(true)
    expect((await store.read()).world?.statuses.get('gcp-1')).toEqual(status)
  })

  test('is written only when it says something else', async () => {
    await store.writeStatus(status)
    const { ino } = statSync(path())
    expect(await store.writeStatus({ ...status })).toBe(false)
    expect(statSync(path()).ino).toBe(ino)
    expect(await store.writeStatus({ ...status, underlayMtuBytes: 1400 })).toBe(true)
    expect(statSync(path()).ino).not.toBe(ino)
  })

  test('is readable by all, whatever the umask, and leaves nothing beside it', async () => {
    const before = process.umask(0o077)
    try {
      await store.writeStatus(status)
    } finally {
      process.umask(before)
    }
    expect(statSync(path()).mode & 0o777).toBe(0o644)
    expect(readdirSync(join(root, 'status'))).toEqual(['gcp-1.yaml'])
  })

  test('never takes the place of a file that a person wrote', async () => {
    mkdirSync(join(root, 'status'))
    writeFileSync(path(), '# mine\n')
    await expect(store.writeStatus(status)).rejects.toThrow(
      `cannot write the status of node gcp-1 to ${path()}: somebody else wrote it; move it away, and the agent writes its own`,
    )
    expect(readFileSync(path(), 'utf8')).toBe('# mine\n')
  })

  test('does not make a folder for a store that is not there', async () => {
    rmSync(root, { recursive: true })
    await expect(store.writeStatus(status)).rejects.toThrow('ENOENT')
    expect(readdirSync(folder)).toEqual([])
  })

  test('is never seen in part by a reader', async () => {
    await store.writeStatus(status)
    let isDone = false
    const writing = (async () => {
      for (let mtu = 1300; mtu < 1400; mtu++) await store.writeStatus({ ...status, underlayMtuBytes: mtu })
      isDone = true
    })()
    while (!isDone) expect((await store.read()).issues).toEqual([])
    await writing
  })
})
