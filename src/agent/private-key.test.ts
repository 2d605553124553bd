import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadPrivateKey, PRIVATE_KEY_FILE, publicKeyOf } from './private-key.ts'

let folder: string
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'damask-key-')), 'state')
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))
const path = () => join(folder, PRIVATE_KEY_FILE)

describe('loadPrivateKey()', () => {
  it('makes a key once and finds the same one ever after', async () => {
    const first = await loadPrivateKey(folder)
    expect(await loadPrivateKey(folder)).toEqual(first)
    expect(readFileSync(path(), 'utf8')).toBe(`${first.privateKey}\n`)
  })

  it('gives one key to two that make it at the same time, or an error to one of them', async () => {
    const results = await Promise.allSettled([loadPrivateKey(folder), loadPrivateKey(folder)])
    const keys = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.publicKey] : []))
    expect(new Set(keys).size).toBe(1)
    expect((await loadPrivateKey(folder)).publicKey).toBe(keys[0])
  })

  it('lets nobody else read the file or the folder', async () => {
    await loadPrivateKey(folder)
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('agrees with wg on the public half', async () => {
    const { privateKey, publicKey } = await loadPrivateKey(folder)
    expect(execFileSync('wg', ['pubkey'], { input: `${privateKey}\n`, encoding: 'utf8' }).trim()).toBe(publicKey)
  })

  it('knows the public key of RFC 7748, section 6.1', () => {
    expect(publicKeyOf('dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=')).toBe(
      'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=',
    )
  })

  it('refuses a key that others can read, and does not touch it', async () => {
    await loadPrivateKey(folder)
    const before = readFileSync(path(), 'utf8')
    chmodSync(path(), 0o640)
    await expect(loadPrivateKey(folder)).rejects.toThrow(/can be read by others \(mode 640\); chmod 600/)
    expect(readFileSync(path(), 'utf8')).toBe(before)
  })

  it.each(['', 'short', `${'A'.repeat(43)}!`, 'x'.repeat(300)])(
    'refuses a damaged key (%j), and does not touch it',
    async (text) => {
      await loadPrivateKey(folder)
      writeFileSync(path(), text)
      await expect(loadPrivateKey(folder)).rejects.toThrow(/is damaged: .* remove it/)
      expect(readFileSync(path(), 'utf8')).toBe(text)
    },
  )

  it('refuses a state folder into which others can write', async () => {
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    await expect(loadPrivateKey(folder)).rejects.toThrow(/can be written by others \(mode 777\)/)
  })
})
