import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBundle } from './bundle.ts'
import { tarArchive } from './tar-archive.ts'

const NOW = Date.UTC(2026, 10, 22, 12, 30)
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-bundle-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function unpack(bytes: Buffer): (name: string) => string {
  writeFileSync(join(folder, 'it.tar.gz'), bytes)
  execFileSync('tar', ['xzf', 'it.tar.gz'], { cwd: folder })
  return (name) => readFileSync(join(folder, name), 'utf8')
}

test('a bundle is what tar reads, with an index of what is in it and of what is not', async () => {
  const bundle = createBundle()
  bundle.addText('logs/agent.log', 'of its agent', 'it began\n')
  bundle.addObjects('objects/networks.yaml', 'the Network', [{ kind: 'Network', metadata: { name: 'default' } }])
  await bundle.attempt('graph.txt', async () => {
    throw new Error('the server is away\nfor now')
  })
  const { bytes, files, missing } = await bundle.finish('report', ['Damask 0.3.0'], NOW)
  expect({ files, missing }).toEqual({ files: 2, missing: 1 })
  const read = unpack(bytes)
  expect(read('report/logs/agent.log')).toBe('it began\n')
  expect(read('report/objects/networks.yaml')).toBe('kind: Network\nmetadata:\n  name: default\n')
  const index = read('report/INDEX.txt')
  expect(index).toMatch(/^Damask 0\.3\.0\n/)
  expect(index).toContain('  logs/agent.log         of its agent\n')
  expect(index).toContain('Not in it\n  graph.txt: the server is away for now\n')
})

test('a key is withheld everywhere unless a document names it as public, whichever comes first', async () => {
  const [secret, open] = ['A', 'B'].map((letter) => `${letter.repeat(42)}A=`)
  const bundle = createBundle()
  bundle.addText('a.log', 'a log', `${secret} ${open}`)
  await bundle.attempt(`b ${secret}`, async () => {
    throw new Error(`cannot use ${secret}`)
  })
  bundle.trustKeysOf(JSON.stringify({ publicKey: open }))
  const { bytes, index } = await bundle.finish('report', [], NOW)
  expect(unpack(bytes)('report/a.log')).toBe(`[withheld: key] ${open}\n`)
  expect(index).toContain('a log (1 withheld)')
  expect(index).not.toContain(secret)
})

test('long values are not folded, so that what is in them is found', async () => {
  const bundle = createBundle()
  const message = `${'word '.repeat(40)}Bearer abcdefghijklmnop ${'word '.repeat(40)}`
  bundle.addObjects('events.yaml', 'events', [{ metadata: { name: 'it' }, message }])
  const text = unpack((await bundle.finish('report', [], NOW)).bytes)('report/events.yaml')
  expect(text.split('\n').filter((line) => line !== '')).toHaveLength(3)
  expect(text).not.toContain('abcdefghijklmnop')
})

test('tarArchive() splits long names, and refuses what the format cannot hold', () => {
  const name = `report/logs/${'a'.repeat(90)}.log`
  writeFileSync(join(folder, 'it.tar'), tarArchive([{ name, bytes: Buffer.from('x'.repeat(513)) }], NOW / 1000))
  const listed = execFileSync('tar', ['tvf', 'it.tar', '--utc'], { cwd: folder, encoding: 'utf8' })
  expect(listed).toMatch(/^-rw------- 0\/0 +513 2026-11-22 12:30/)
  expect(listed).toContain(name)
  expect(() => tarArchive([{ name: 'a'.repeat(101), bytes: Buffer.alloc(0) }], 0)).toThrow('is too long')
})
