import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { formatAddress, parseAddress, parsePrefix } from '../model/index.ts'
import { type AddressJournal, type JournalOptions, openAddressJournal } from './address-journal.ts'
import { addressesOf, attachment, listOf, podOf } from './journal.fixture.ts'
import { formatLine } from './journal-file.ts'
import { readJournalPods } from './journal-pods.ts'
import { podsOfDamagedJournal } from './journal-state.ts'

const folder = mkdtempSync(join(tmpdir(), 'damask-journal-'))
let path = ''
let count = 0
beforeEach(() => {
  path = join(folder, `${count++}.journal`)
})
const opened: AddressJournal[] = []
afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close().catch(() => {}) // closed by the test
})
afterAll(() => rmSync(folder, { recursive: true }))

async function open(options: Omit<JournalOptions, 'path'> = {}): Promise<AddressJournal> {
  const journal = await openAddressJournal({ path, ...options })
  opened.push(journal)
  return journal
}

const PREFIXES = [parsePrefix('10.244.11.0/28'), parsePrefix('fd44:11::/64')]
const allocate = async (journal: AddressJournal, containerId: string, prefixes = PREFIXES): Promise<string[]> =>
  addressesOf(await journal.allocate({ pod: podOf(containerId), prefixes, reserved: [] }))

async function reopen(journal: AddressJournal): Promise<AddressJournal> {
  await journal.close()
  return open()
}

test('gives one address of each family, and lists the pod as it was recorded after a restart', async () => {
  const first = await open()
  expect(await allocate(first, 'a')).toEqual(['10.244.11.2', 'fd44:11::2'])
  const journal = await reopen(first)
  expect(journal.pods()).toEqual([
    { ...podOf('a'), addresses: [parseAddress('10.244.11.2'), parseAddress('fd44:11::2')] },
  ])
  expect(journal.find(attachment('a'))).toEqual(journal.pods()[0])
})

test('who only looks reads the same pods while the journal is in use, and changes nothing', async () => {
  expect(await readJournalPods(path)).toEqual([])
  expect(readdirSync(folder)).not.toContain(basename(path))
  const journal = await open()
  await allocate(journal, 'a')
  await allocate(journal, 'b')
  await journal.release(attachment('a'))
  expect(await readJournalPods(path)).toEqual(journal.pods())
  appendFileSync(path, 'half of a li')
  const bytes = readFileSync(path)
  expect(await readJournalPods(path)).toEqual(journal.pods())
  expect(readFileSync(path)).toEqual(bytes)
})

test.each([
  ['a restart', 1000],
  ['a compaction and a restart', 1],
])('lets an address rest before it gives it again, also after %s', async (_, compactFromLines) => {
  const first = await open({ compactFromLines })
  await allocate(first, 'a')
  await first.release(attachment('a'))
  expect(await allocate(first, 'b')).toEqual(['10.244.11.3', 'fd44:11::3'])
  await first.release(attachment('b'))
  const journal = await reopen(first)
  expect(await allocate(journal, 'c')).toEqual(['10.244.11.4', 'fd44:11::4'])
})

test('does not give an address again before the link is gone that it was on, nor where that stays', async () => {
  const journal = await open()
  const roomForOne = [parsePrefix('10.244.11.0/30')]
  await allocate(journal, 'a', roomForOne)
  let linkIsGone = (): void => {}
  const deletion = new Promise<void>((resolve) => {
    linkIsGone = resolve
  })
  expect(await journal.release(attachment('a'), deletion)).toBe(true)
  await expect(allocate(journal, 'b', roomForOne)).rejects.toThrow('no free address is left')
  linkIsGone()
  await deletion
  expect(await allocate(journal, 'b', roomForOne)).toEqual(['10.244.11.2'])
  const failure = Promise.reject(new Error('it stays'))
  failure.catch(() => {})
  await journal.release(attachment('b'), failure)
  await expect(allocate(journal, 'c', roomForOne)).rejects.toThrow('no free address is left')
  expect(await allocate(await reopen(journal), 'c', roomForOne)).toEqual(['10.244.11.2'])
})

test('never gives a reserved address', async () => {
  const journal = await open()
  const reserved = [parseAddress('10.244.11.2'), parseAddress('fd44:11::2')]
  const { addresses } = await journal.allocate({ pod: podOf('a'), prefixes: PREFIXES, reserved })
  expect(addresses.map(formatAddress)).toEqual(['10.244.11.3', 'fd44:11::3'])
})

test('says which prefixes are full, and takes nothing of the other family', async () => {
  const journal = await open()
  const prefixes = [parsePrefix('10.244.11.0/30'), parsePrefix('fd44:11::/64')]
  await allocate(journal, 'a', prefixes)
  await expect(allocate(journal, 'b', prefixes)).rejects.toMatchObject({
    code: 100,
    message: expect.stringContaining('no free address is left in 10.244.11.0/30, which have room for 1 pods'),
  })
  expect(Object.keys(listOf(journal))).toEqual(['a'])
})

test('asks to try later where the node has no pod prefix yet', async () => {
  const journal = await open()
  await expect(allocate(journal, 'a', [])).rejects.toMatchObject({
    code: 11,
    message: expect.stringMatching(/^this node has no pod prefixes, so no pod can be added here; /),
  })
})

test('refuses to give one attachment addresses twice, also while the first are being written', async () => {
  const journal = await open()
  const first = allocate(journal, 'a')
  await expect(allocate(journal, 'a')).rejects.toThrow('a/eth0 already has its addresses')
  await first
  await expect(allocate(journal, 'a')).rejects.toThrow('a/eth0 already has its addresses')
})

test('knows that it does not know a pod', async () => {
  const journal = await open()
  expect(await journal.release(attachment('a'))).toBe(false)
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(2)
})

test('writes what comes at once with few syncs, and gives each its own address', async () => {
  const journal = await open()
  const given = await Promise.all(Array.from({ length: 13 }, (_, index) => allocate(journal, `p${index}`)))
  expect(new Set(given.map(([v4]) => v4)).size).toBe(13)
  // The first goes alone; the others wait for it and share the next line.
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(3)
  expect(Object.keys(listOf(await reopen(journal)))).toHaveLength(13)
})

test('rewrites itself when it has grown, and holds the same pods after it', async () => {
  const first = await open({ compactFromLines: 8 })
  await allocate(first, 'stays')
  for (let round = 0; round < 30; round++) {
    await allocate(first, `p${round}`)
    await first.release(attachment(`p${round}`))
  }
  const before = listOf(first)
  const journal = await reopen(first)
  expect(readFileSync(path, 'utf8').trim().split('\n').length).toBeLessThan(12)
  expect(listOf(journal)).toEqual(before)
  expect(before).toEqual({ stays: ['10.244.11.2', 'fd44:11::2'] })
})

test('takes nothing where it cannot write, and has lost nothing once it can again', async () => {
  const home = join(folder, 'away')
  mkdirSync(home)
  path = join(home, 'journal')
  const first = await open({ compactFromLines: 1 })
  await allocate(first, 'a')
  rmSync(home, { recursive: true })
  await expect(allocate(first, 'c')).rejects.toMatchObject({
    code: 102,
    message: expect.stringContaining(`cannot record the addresses of c/eth0 in ${path}: ENOENT`),
  })
  expect(Object.keys(listOf(first))).toEqual(['a'])
  mkdirSync(home)
  const [c] = await allocate(first, 'c')
  const journal = await reopen(first)
  expect(listOf(journal)).toMatchObject({ a: ['10.244.11.2', 'fd44:11::2'], c: [c, expect.any(String)] })
})

test('releases also where it cannot write, and gives such an address again once it can', async () => {
  const home = join(folder, 'away-too')
  mkdirSync(home)
  path = join(home, 'journal')
  const roomForTwo = [parsePrefix('10.244.11.0/30'), parsePrefix('10.244.11.4/30')]
  const first = await open()
  await allocate(first, 'stays', [parsePrefix('10.244.12.0/24')])
  const held = [await allocate(first, 'a', roomForTwo), await allocate(first, 'b', roomForTwo)].flat()
  rmSync(home, { recursive: true })
  expect(await Promise.all(['a', 'b'].map((id) => first.release(attachment(id))))).toEqual([true, true])
  expect(Object.keys(listOf(first))).toEqual(['stays'])
  await expect(allocate(first, 'c', roomForTwo)).rejects.toThrow('no free address is left')
  mkdirSync(home)
  const again = [await allocate(first, 'c', roomForTwo), await allocate(first, 'd', roomForTwo)].flat()
  expect(again.sort()).toEqual(held.sort())
  expect(Object.keys(listOf(await reopen(first)))).toEqual(['stays', 'c', 'd'])
})

test('knows after a crash the pod whose release it could not write', async () => {
  const first = await open()
  await allocate(first, 'a')
  const whole = readFileSync(path, 'utf8')
  const kept = `${path}.kept`
  renameSync(path, kept)
  mkdirSync(path) // nothing can be put in its place
  rmSync(kept)
  expect(await first.release(attachment('a'))).toBe(true)
  rmSync(path, { recursive: true })
  writeFileSync(path, whole)
  expect(Object.keys(listOf(await reopen(first)))).toEqual(['a'])
})

test('is made anew where somebody deletes it', async () => {
  const first = await open()
  await allocate(first, 'a')
  rmSync(path)
  await allocate(first, 'b')
  expect(Object.keys(listOf(await reopen(first)))).toEqual(['a', 'b'])
})

test('grows on where it cannot be rewritten shorter', async () => {
  const warnings: string[] = []
  const log = { info: () => {}, warn: (_: object, message: string) => warnings.push(message) }
  const first = await open({ compactFromLines: 4, log })
  mkdirSync(`${path}.new`) // in the way
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) await allocate(first, id)
  for (const id of ['b', 'c', 'd', 'e', 'f']) await first.release(attachment(id))
  expect(warnings).toContain('cannot rewrite the journal shorter; it grows on, and this is tried again later')
  expect(warnings.length).toBeLessThan(4)
  rmdirSync(`${path}.new`)
  expect(Object.keys(listOf(await reopen(first)))).toEqual(['a'])
})

test('passes over a second file that a crash left behind while it was rewriting itself', async () => {
  const first = await open()
  await allocate(first, 'a')
  await first.close()
  writeFileSync(`${path}.new`, 'half a lin')
  const journal = await open({ compactFromLines: 1 })
  await allocate(journal, 'b')
  expect(Object.keys(listOf(await reopen(journal)))).toEqual(['a', 'b'])
  expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([])
})

test.each([
  ['half a line', (whole: string) => whole.slice(0, -20)],
  ['a line without its newline', (whole: string) => whole.slice(0, -1)],
  ['zeros that a power failure left', () => '\0'.repeat(64)],
  ['a line that does not match its checksum', (whole: string) => whole.replace('"b"', '"c"')],
])('cuts off %s at the end, and goes on', async (_, tear) => {
  const first = await open()
  await allocate(first, 'a')
  await first.close()
  const last = formatLine([{ kind: 'release', containerId: 'b', interfaceName: 'eth0' }])
  appendFileSync(path, tear(last))
  const warnings: string[] = []
  const log = { info: () => {}, warn: (_: object, message: string) => warnings.push(message) }
  const journal = await open({ log })
  expect(warnings).toEqual(['cut off the end of the journal, which a crash left half written'])
  expect(await allocate(journal, 'b')).toEqual(['10.244.11.3', 'fd44:11::3'])
  expect(Object.keys(listOf(await reopen(journal)))).toEqual(['a', 'b'])
})

test('refuses a damaged line that is not the last, with file, line and what to do', async () => {
  const first = await open()
  await allocate(first, 'a')
  await allocate(first, 'b')
  await first.close()
  const lines = readFileSync(path, 'utf8').split('\n')
  writeFileSync(path, lines.map((line, index) => (index === 1 ? line.replace('10.244', '10.245') : line)).join('\n'))
  await expect(open()).rejects.toThrow(
    `${path}:2: this line of the journal is damaged, and it is not the end of a write that a crash cut off; ` +
      'which addresses are taken is not known. Restore the file, or drain the node and remove it',
  )
})

test('tells of the pods that a damaged journal still names, and changes nothing in it', async () => {
  const first = await open()
  for (const containerId of ['a', 'b', 'c']) await allocate(first, containerId)
  await first.release(attachment('c'))
  await allocate(first, 'd')
  await first.close()
  const damaged = `${readFileSync(path, 'utf8').replace('10.244.11.3', '10.244.11.9')}torn`
  writeFileSync(path, damaged)
  const cause = await open().catch((error: unknown) => error)
  expect(podsOfDamagedJournal(cause).map(({ containerId }) => containerId)).toEqual(['a', 'd'])
  expect(readFileSync(path, 'utf8')).toBe(damaged)
  expect(podsOfDamagedJournal(new Error('EIO'))).toEqual([])
})

test.each([
  [
    'a damaged first line, which is never torn',
    (text: string) => text.slice(0, 10),
    /:1: this line of the journal is damaged/,
  ],
  ['an empty file', () => '', /is empty, which no journal is/],
  [
    'a record of a newer damask, also as the last line',
    (text: string) => text + formatLine([{ kind: 'lease' }]),
    /:2: a record of the journal is of the kind "lease", which this damask does not know/,
  ],
  [
    'a journal of a newer version',
    () => formatLine([{ kind: 'journal', version: 2 }]),
    /:1: a record of the journal is of version 2, which a newer damask wrote/,
  ],
])('refuses %s', async (_, damage, message) => {
  await (await open()).close()
  writeFileSync(path, damage(readFileSync(path, 'utf8')))
  await expect(open()).rejects.toThrow(message)
})

test('refuses a journal that gives one address to two pods', async () => {
  await (await open()).close()
  const record = (containerId: string) => ({ kind: 'allocate', ...podOf(containerId), addresses: ['10.244.11.2'] })
  appendFileSync(path, formatLine([record('a'), record('b')]))
  await expect(open()).rejects.toThrow(/:2: a record of the journal gives 10.244.11.2 a second time/)
})
