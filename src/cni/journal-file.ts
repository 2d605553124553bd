// A file that only grows: each line is a checksum and a list of records, written and synced as one. What waits for the
// same sync shares a line, so a crash can tear the last line and no other. It is rewritten whole through a second file.
import { fstatSync } from 'node:fs'
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { damagedJournal } from './damaged-journal.ts'

export type JournalFile = {
  /** Lines in the file now. */
  readonly lineCount: () => number
  /** Somebody deleted it: what is appended is lost. */
  readonly isGone: () => boolean
  /** On disk once it resolves. After it failed the end of the file is unknown: `replace` before the next `append`. */
  readonly append: (records: readonly object[]) => Promise<void>
  /** Puts a file of these records in the place of the old one, or leaves that as it was. */
  readonly replace: (records: readonly object[]) => Promise<void>
  readonly close: () => Promise<void>
}

export type JournalLine = { readonly number: number; readonly records: readonly unknown[] }

export type JournalContent = {
  readonly lines: readonly JournalLine[]
  /** Where the last whole line ends. */
  readonly wholeBytes: number
  /** Of a last line that a crash cut off; 0: none. */
  readonly tornBytes: number
}

const NEWLINE = 0x0a

/** Opens the file, making it where there is none; a torn last line is cut off. The first line is `first`, always whole. */
export async function openJournalFile(
  path: string,
  first: object,
): Promise<{ readonly file: JournalFile; readonly content: JournalContent }> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new Error(`cannot read the journal ${path}: ${cause.message}`, { cause })
  })
  const content = bytes === undefined ? { lines: [], wholeBytes: 0, tornBytes: 0 } : readJournal(path, bytes)
  let handle = await openToWrite(path, bytes === undefined ? first : undefined).catch((cause: Error) => {
    throw new Error(`cannot write to the journal ${path}: ${cause.message}; look at the disk`, { cause })
  })
  if (content.tornBytes > 0) {
    await handle.truncate(content.wholeBytes)
    await handle.sync()
  }
  /** A rename is on disk only once its folder is. */
  let mustSyncFolder = bytes === undefined
  let lineCount = Math.max(content.lines.length, 1)
  const file: JournalFile = {
    lineCount: () => lineCount,
    isGone: () => fstatSync(handle.fd).nlink === 0,
    async append(records) {
      if (mustSyncFolder) await syncFolder(dirname(path))
      mustSyncFolder = false
      await handle.appendFile(formatLine(records))
      await handle.sync()
      lineCount++
    },
    async replace(records) {
      const fresh = await replaceFile(path, [first, ...records])
      const old = handle
      handle = fresh
      lineCount = 1 + records.length
      mustSyncFolder = true
      await old.close().catch(() => {}) // it is no longer in the folder: nothing in it can be lost
      await syncFolder(dirname(path))
      mustSyncFolder = false
    },
    close: () => handle.close(),
  }
  return { file, content }
}

/** `first`: there is no file yet. */
async function openToWrite(path: string, first: object | undefined): Promise<FileHandle> {
  if (first !== undefined) return replaceFile(path, [first])
  await rm(`${path}.new`, { force: true }) // of a replacement that a crash cut off
  return open(path, 'a')
}

/** One record a line, so that a damaged sector costs no more than it holds. */
async function replaceFile(path: string, records: readonly object[]): Promise<FileHandle> {
  const fresh = `${path}.new`
  await rm(fresh, { force: true })
  const handle = await open(fresh, 'ax', 0o600)
  try {
    await handle.appendFile(records.map((record) => formatLine([record])).join(''))
    await handle.sync()
    await rename(fresh, path)
    return handle
  } catch (cause) {
    await handle.close().catch(() => {})
    await rm(fresh, { force: true })
    throw cause
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0')

export function formatLine(records: readonly object[]): string {
  const text = JSON.stringify(records)
  return `${checksum(text)} ${text}\n`
}

export function readJournal(path: string, bytes: Uint8Array): JournalContent {
  const lines: JournalLine[] = []
  let damage: string | undefined
  let number = 0
  const decoder = new TextDecoder()
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline < 0 ? bytes.length : newline
    number++
    const records = newline < 0 ? undefined : tryLine(decoder.decode(bytes.subarray(start, end)))
    if (records !== undefined) lines.push({ number, records })
    else if (damage === undefined) {
      // The first line came by rename, whole: that one cannot be torn.
      if (number > 1 && end + 1 >= bytes.length) return { lines, wholeBytes: start, tornBytes: bytes.length - start }
      damage =
        `${path}:${number}: this line of the journal is damaged, and it is not the end of a write that a crash cut off; ` +
        'which addresses are taken is not known. Restore the file, or drain the node and remove it'
    }
    start = end + 1
  }
  if (damage !== undefined) throw damagedJournal(damage, lines)
  if (lines.length > 0) return { lines, wholeBytes: bytes.length, tornBytes: 0 }
  throw damagedJournal(
    `${path} is empty, which no journal is; restore the file, or drain the node and remove it`,
    lines,
  )
}

function tryLine(text: string): readonly unknown[] | undefined {
  const body = text.slice(9)
  if (text.slice(0, 9) !== `${checksum(body)} `) return undefined
  const records: unknown = JSON.parse(body)
  return Array.isArray(records) ? records : undefined
}
