import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openMemoryKernel } from '../linux/index.ts'
import { type Change, link, sysctl } from '../model/index.ts'
import { recordSysctls } from './sysctl-record.ts'

const FORWARD = 'net/ipv4/ip_forward'
const from = (key: string, old: string, value: string): Change => ({
  op: 'update',
  entry: sysctl({ key, value, because: [] }),
  observed: sysctl({ key, value: old, because: [] }),
})

async function recorded() {
  const folder = mkdtempSync(join(tmpdir(), 'damask-sysctls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'sysctls.json')
  const warnings: string[] = []
  const log = { warn: (_: object, message: string) => void warnings.push(message) }
  const memory = openMemoryKernel()
  const open = () => recordSysctls(memory, { path, log })
  return {
    path,
    folder,
    memory,
    warnings,
    open,
    kernel: await open(),
    read: () => JSON.parse(readFileSync(path, 'utf8')),
  }
}

test('what a setting was before the first change is kept through later changes and restarts', async () => {
  const { kernel, open, read, memory } = await recorded()
  await kernel.apply([from(FORWARD, '0', '1')])
  expect(memory.sysctl(FORWARD)).toBe('1')
  const again = await open()
  await again.apply([from(FORWARD, '7', '1')]) // somebody changed it, and it was put back
  expect(read()).toEqual({ [FORWARD]: { old: '0', ours: '1' } })
  await again.apply([from(FORWARD, '1', '2')])
  expect(read()).toEqual({ [FORWARD]: { old: '0', ours: '2' } })
})

test('the record is on disk before the setting is written', async () => {
  const { kernel, memory, read } = await recorded()
  const { apply } = memory
  let before: unknown
  memory.apply = (changes) => {
    before = read()
    return apply(changes)
  }
  await kernel.apply([from(FORWARD, '0', '1')])
  expect(before).toEqual({ [FORWARD]: { old: '0', ours: '1' } })
})

test('settings of our own links are not recorded, nor anything else', async () => {
  const { kernel, path } = await recorded()
  const anchor = link({ name: 'damask0', type: { kind: 'dummy' }, mtuBytes: 1420, because: [] })
  await kernel.apply([{ op: 'create', entry: anchor }, from('net/ipv4/conf/damask0/rp_filter', '0', '2')])
  expect(() => statSync(path)).toThrow('ENOENT')
})

test('a record that cannot be read or written is said, and the setting is made all the same', async () => {
  const { open, path, folder, memory, warnings } = await recorded()
  writeFileSync(path, 'half of {')
  const kernel = await open()
  expect(warnings.splice(0)).toEqual(['cannot read what settings of the host were before Damask'])
  rmSync(folder, { recursive: true })
  onTestFinished(() => writeFileSync(folder, '')) // for who removes it
  expect(await kernel.apply([from(FORWARD, '0', '1')])).toEqual([])
  expect(memory.sysctl(FORWARD)).toBe('1')
  expect(warnings).toHaveLength(1)
})
