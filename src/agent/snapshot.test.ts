import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type PublicKey, parseAddress } from '../model/index.ts'
import { readWorld } from '../store/index.ts'
import { readSnapshot, type Snapshot, writeSnapshot } from './snapshot.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-snapshot-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const path = () => join(folder, 'world.snapshot')

async function exampleSnapshot(): Promise<Snapshot> {
  const { world } = await readWorld([join(import.meta.dirname, '../../examples/four-clouds.yaml')])
  if (world === undefined) throw new Error('the example is no world')
  return {
    world: { ...world, statuses: new Map([['aws-1', { name: 'aws-1', publicKey: KEY }]]) },
    endpoints: new Map([[`damask-t1 ${KEY}`, ENDPOINT]]),
    resolvedHosts: { 'gw.example.org': [ENDPOINT.address] },
  }
}
const KEY = 'key' as PublicKey
const ENDPOINT = { address: parseAddress('2001:db8::1'), port: 4711 }

describe('a snapshot', () => {
  it('reads back as it was written', async () => {
    const snapshot = await exampleSnapshot()
    await writeSnapshot(path(), snapshot)
    expect(await readSnapshot(path())).toEqual(snapshot)
    expect(statSync(path()).mode & 0o777).toBe(0o600)
  })

  it('forgets where those were who have another key by now, or are gone', async () => {
    const snapshot = await exampleSnapshot()
    const endpoints = new Map([...snapshot.endpoints, ['damask-t1 olderkey', ENDPOINT] as const])
    await writeSnapshot(path(), { ...snapshot, endpoints })
    expect((await readSnapshot(path()))?.endpoints).toEqual(snapshot.endpoints)
  })

  it('of a version in which words of addresses were unsigned has the same addresses', async () => {
    const snapshot = await exampleSnapshot()
    await writeSnapshot(path(), snapshot)
    const [, body = ''] = readFileSync(path(), 'utf8').split('\n')
    const old = body.replace(/("w[0-3]":)(-?\d+)/g, (_, name, word) => `${name}${Number(word) >>> 0}`)
    expect(old).not.toBe(body)
    writeFileSync(path(), `damask-snapshot 2 ${crc32(old).toString(16).padStart(8, '0')}\n${old}`)
    expect(await readSnapshot(path())).toEqual(snapshot)
  })

  it('is none where there is no file', async () => {
    expect(await readSnapshot(path())).toBeUndefined()
  })

  it('is refused when one byte of it changed, when it was cut off, and when it is of another version', async () => {
    await writeSnapshot(path(), await exampleSnapshot())
    const text = readFileSync(path(), 'utf8')
    for (const damaged of [text.replace('aws-1', 'aws-9'), text.slice(0, -20), '', '{}']) {
      writeFileSync(path(), damaged)
      await expect(readSnapshot(path())).rejects.toThrow(/is damaged/)
    }
    writeFileSync(path(), text.replace('damask-snapshot 2', 'damask-snapshot 3'))
    await expect(readSnapshot(path())).rejects.toThrow(/is of version 3/)
  })
})
