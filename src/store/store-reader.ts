// Reads the same paths again and again, and parses only the files that are others than before.
import { readFile } from 'node:fs/promises'
import type { CheckedWorld, Resource } from '../model/index.ts'
import { assembleWorld, type ReadResult, type StoreFile } from './assemble-world.ts'
import { fileIssue, formatIssue, type Issue } from './issue.ts'
import { parseFile, unreadFile } from './parsed-file.ts'
import { type Fingerprint, listResourceFiles, type ResourceFile } from './resource-files.ts'
import { systemMessage } from './system-message.ts'

export type StoreReader = {
  /** Never rejects: what cannot be read is an issue. The very same result where nothing changed. */
  read(): Promise<ReadResult>
  /** Have a file read again even if it looks the same: two writes can fall into one tick of the file system's clock. */
  forget(path: string): void
  /** The files in which a document of this kind and name stood when they were read last. */
  filesOf(kind: Resource['kind'], name: string): readonly string[]
}

/** Without a fingerprint: to be read again at once. */
type CachedFile = StoreFile & { readonly fingerprint?: Fingerprint }

/** Files opened at a time. */
const BATCH = 32

export type StoreReaderOptions = {
  /** Files without which the rest may stand as a World when they are wrong: a status that one agent wrote badly must not stop what all the others do. */
  readonly isExpendable?: (path: string) => boolean
  /** Left out where agents read: how a lab is built is none of their business. */
  readonly isWanted?: (resource: Resource) => boolean
}

export function createStoreReader(
  paths: readonly string[],
  { isExpendable = () => false, isWanted = () => true }: StoreReaderOptions = {},
): StoreReader {
  let cache: ReadonlyMap<string, CachedFile> = new Map()
  let last: { readonly listingIssues: readonly Issue[]; readonly result: ReadResult } | undefined
  let checked: CheckedWorld | undefined
  let reading: Promise<unknown> = Promise.resolve()
  const forgotten = new Set<string>()

  async function readOnce(): Promise<ReadResult> {
    const listing = await listResourceFiles(paths)
    const dirty = new Set(forgotten)
    forgotten.clear()
    const fresh = new Map<string, CachedFile>()
    for (let from = 0; from < listing.files.length; from += BATCH) {
      const batch = listing.files.slice(from, from + BATCH)
      const files = batch.map((file) =>
        dirty.has(file.path) ? readNew(file, isWanted) : (kept(file, cache) ?? readNew(file, isWanted)),
      )
      for (const [path, file] of await Promise.all(files)) fresh.set(path, file)
    }
    if (last && isSameCache(fresh, cache) && isSameIssues(listing.issues, last.listingIssues)) return last.result
    cache = fresh
    const result = await assembleWithout(fresh, listing.issues)
    last = { listingIssues: listing.issues, result }
    return result
  }

  async function assembleWithout(
    files: ReadonlyMap<string, CachedFile>,
    issues: readonly Issue[],
  ): Promise<ReadResult> {
    const assemble = async (some: ReadonlyMap<string, CachedFile>): Promise<ReadResult> => {
      const assembled = await assembleWorld(some, issues, paths[0] ?? '.', checked)
      checked = assembled.checked
      return assembled.result
    }
    const whole = await assemble(files)
    const errors = whole.issues.filter(({ severity }) => severity === 'error')
    if (errors.length === 0 || !errors.every(({ file }) => isExpendable(file))) return whole
    const wrong = new Set(errors.map(({ file }) => file))
    const rest = await assemble(new Map([...files].filter(([path]) => !wrong.has(path))))
    return { ...rest, issues: whole.issues }
  }

  return {
    read() {
      // One after the other: a reading that began earlier must not put back what a later one found.
      const result = reading.then(readOnce, readOnce)
      reading = result
      return result
    },
    forget(path) {
      forgotten.add(path)
    },
    filesOf(kind, name) {
      const isIt = ({ resource }: { readonly resource: Resource }): boolean =>
        resource.kind === kind && resource.value.name === name
      return [...cache].flatMap(([path, { parsed }]) => (parsed.resources.some(isIt) ? [path] : []))
    },
  }
}

/** Reads files and folders once. Never rejects: what cannot be read is an issue. */
export const readWorld = (paths: readonly string[]): Promise<ReadResult> => createStoreReader(paths).read()

type Entry = readonly [path: string, file: CachedFile]

function kept({ path, fingerprint }: ResourceFile, cache: ReadonlyMap<string, CachedFile>): Entry | undefined {
  const cached = cache.get(path)
  return cached?.fingerprint && isSame(cached.fingerprint, fingerprint) ? [path, cached] : undefined
}

async function readNew({ path, fingerprint }: ResourceFile, isWanted: (resource: Resource) => boolean): Promise<Entry> {
  try {
    const parsed = parseFile(path, await readFile(path))
    return [
      path,
      { fingerprint, parsed: { ...parsed, resources: parsed.resources.filter(({ resource }) => isWanted(resource)) } },
    ]
  } catch (cause) {
    // Who may read a file can change while the file does not: no fingerprint.
    const parsed = unreadFile(fileIssue(path, systemMessage(cause)))
    return [path, { parsed }]
  }
}

const isSame = (a: Fingerprint, b: Fingerprint): boolean =>
  a.mtimeMs === b.mtimeMs && a.size === b.size && a.ino === b.ino

function isSameCache(a: ReadonlyMap<string, CachedFile>, b: ReadonlyMap<string, CachedFile>): boolean {
  if (a.size !== b.size) return false
  for (const [path, file] of a) if (b.get(path) !== file) return false
  return true
}

const isSameIssues = (a: readonly Issue[], b: readonly Issue[]): boolean =>
  a.length === b.length && a.every((issue, index) => formatIssue(issue) === formatIssue(b[index] ?? NO_ISSUE))

const NO_ISSUE = fileIssue('', '')
