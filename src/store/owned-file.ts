// A document that a program of ours writes beside what people wrote: whole or not at all, and never over a file of theirs.
import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { API_VERSION, type ResourceKind } from '../model/index.ts'
import { systemCode } from './system-message.ts'

export type OwnedFile = {
  readonly path: string
  /** Who writes it: `the agent`. */
  readonly writer: string
  /** Of what: `of this node`. */
  readonly of: string
  /** `the status of node aws-1` */
  readonly what: string
}

export type OwnedDocument = {
  readonly kind: ResourceKind
  readonly name: string
  readonly body: Readonly<Record<string, unknown>>
}

/** False where it already says just that. Rejects where the file is somebody else's, or where it cannot be written. */
export async function writeOwnedFile(file: OwnedFile, document: OwnedDocument): Promise<boolean> {
  const text = formatDocument(file, document)
  try {
    const before = await readOwned(file)
    if (before === text) return false
    await replaceFile(file.path, text)
    return true
  } catch (cause) {
    throw new Error(`cannot write ${file.what} to ${file.path}: ${messageOf(cause)}`, { cause })
  }
}

/** False where there is none. Rejects where the file is somebody else's, or where it cannot be removed. */
export async function removeOwnedFile(file: OwnedFile): Promise<boolean> {
  try {
    if ((await readOwned(file)) === undefined) return false
    await unlink(file.path)
    await syncFolder(dirname(file.path))
    return true
  } catch (cause) {
    throw new Error(`cannot remove ${file.what}, ${file.path}: ${messageOf(cause)}`, { cause })
  }
}

/** By its first line a file is known to be ours, and may be written again. */
const markOf = ({ writer, of }: Pick<OwnedFile, 'writer' | 'of'>): string =>
  `# Written by ${writer} ${of}. Changes are lost.\n`

const formatDocument = (file: OwnedFile, { kind, name, body }: OwnedDocument): string =>
  `${markOf(file)}${stringify({ apiVersion: API_VERSION, kind, metadata: { name }, ...body }, { lineWidth: 0 })}`

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** Undefined where there is no file. */
async function readOwned(file: OwnedFile): Promise<string | undefined> {
  const text = await readFile(file.path, 'utf8').catch((cause) => {
    if (systemCode(cause) === 'ENOENT') return undefined
    throw cause
  })
  if (text !== undefined && !text.startsWith(markOf(file))) {
    throw new Error(`somebody else wrote it; move it away, and ${file.writer} writes its own`)
  }
  return text
}

/** A reader, or a machine that stops, sees the old file or the new one. The hidden name is read by nobody. */
async function replaceFile(path: string, text: string): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder).catch((cause) => {
    if (systemCode(cause) !== 'EEXIST') throw cause
  })
  const temporary = join(folder, `.${randomUUID()}.tmp`)
  try {
    const file = await open(temporary, 'wx', 0o644)
    try {
      // Whatever the umask: other nodes' agents read it.
      await file.chmod(0o644)
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    await unlink(temporary).catch(() => undefined)
    throw cause
  }
  await syncFolder(folder)
}

/** The new name itself lasts only once the folder is on the disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
