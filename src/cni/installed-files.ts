// Files that Damask puts where a container runtime looks, and takes away again: none but those, and none that somebody changed since.
import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export type InstalledFiles = {
  /** What is there in the place of the file that is wanted. */
  readonly look: (file: WantedFile) => Promise<FileState>
  /** Whole, or not at all; on disk once it resolves. False: it is there already, as it should be. Throws where somebody else's is. */
  readonly put: (file: WantedFile, options?: { readonly isForced?: boolean }) => Promise<boolean>
  /** One that `put` wrote. Kept: changed since, so it is somebody's by now. */
  readonly remove: (path: string) => Promise<'removed' | 'kept' | 'absent'>
  /** Removes what `put` wrote, the last first. */
  readonly removeAll: () => Promise<Removal>
}

/**
 * `outdated`: we wrote it, and want another by now. `missing`, `changed`: we wrote it, and somebody did that. `absent`: it was never there.
 * `foreign`: somebody else's.
 */
export type FileState = 'as-wanted' | 'outdated' | 'missing' | 'changed' | 'absent' | 'foreign'

export type WantedFile = { readonly path: string; readonly bytes: Uint8Array; readonly mode: number }

export type Removal = {
  readonly removed: readonly string[]
  /** Changed since, so it is somebody's by now. */
  readonly kept: readonly string[]
}

/** SHA-256 of what we wrote there: the last, and the one before, which a crash may have left. */
type FileRecord = { readonly path: string; readonly sha256: readonly string[] }

/** `recordPath`: where it is remembered which files are ours. `isForced`: takes the place of others' files too. */
export async function openInstalledFiles(recordPath: string, isForced = false): Promise<InstalledFiles> {
  let records: readonly FileRecord[] = await readRecords(recordPath)

  const writeRecords = (next: readonly FileRecord[]): Promise<void> => {
    records = next
    return writeWhole(recordPath, Buffer.from(`${JSON.stringify(records, undefined, 2)}\n`), 0o600)
  }

  /** Before the file is touched, so that a crash in between leaves nothing that nobody would remove. */
  async function remember(path: string, sha256: string): Promise<void> {
    const before = recordOf(path)?.sha256 ?? []
    if (before.at(-1) === sha256) return
    const known = [...before.filter((one) => one !== sha256), sha256].slice(-2)
    await writeRecords([...records.filter((record) => record.path !== path), { path, sha256: known }])
  }

  const recordOf = (path: string): FileRecord | undefined => records.find((record) => record.path === path)
  const isOurs = (path: string, bytes: Uint8Array): boolean => recordOf(path)?.sha256.includes(hashOf(bytes)) ?? false

  return {
    async look({ path, bytes, mode }) {
      const there = await tryRead(path)
      if (recordOf(path) === undefined) return there === undefined ? 'absent' : 'foreign'
      if (there === undefined) return 'missing'
      if (there.equals(bytes)) return (await modeOf(path)) === mode ? 'as-wanted' : 'changed'
      return isOurs(path, there) ? 'outdated' : 'changed'
    },
    async put({ path, bytes, mode }, options = { isForced }) {
      const there = await tryRead(path)
      if (there !== undefined && !isOurs(path, there) && !options.isForced && !there.equals(bytes))
        throw new Error(
          `${path} is there already, and is not ours or was changed; move it away, or let damask cni install --force take its place`,
        )
      await remember(path, hashOf(bytes))
      if (there?.equals(bytes) && (await modeOf(path)) === mode) return false
      await writeWhole(path, bytes, mode)
      return true
    },
    async remove(path) {
      if (recordOf(path) === undefined) return 'absent'
      const there = await tryRead(path)
      if (there !== undefined && !isOurs(path, there)) return 'kept'
      await rm(path, { force: true })
      await writeRecords(records.filter((record) => record.path !== path))
      return there === undefined ? 'absent' : 'removed'
    },
    async removeAll() {
      const removed: string[] = []
      const kept: string[] = []
      for (const { path } of records.toReversed()) {
        const there = await tryRead(path)
        if (there === undefined) continue
        if (isOurs(path, there)) {
          await rm(path, { force: true })
          removed.push(path)
        } else kept.push(path)
      }
      await rm(recordPath, { force: true })
      return { removed, kept }
    },
  }
}

async function readRecords(path: string): Promise<readonly FileRecord[]> {
  const text = await tryRead(path)
  if (text === undefined) return []
  try {
    return JSON.parse(text.toString())
  } catch (cause) {
    throw new Error(`cannot read ${path}, which remembers what was installed; restore it, or remove it`, { cause })
  }
}

async function tryRead(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  }
}

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Beside its name, synced, then named: nobody reads half of it, and a program that runs is not written to (ETXTBSY). */
async function writeWhole(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  // A dot in front: a runtime reads every .conf, .conflist and .json of its folder.
  const draft = join(dirname(path), `.${path.slice(dirname(path).length + 1)}.new`)
  await rm(draft, { force: true })
  const file = await open(draft, 'wx', mode)
  try {
    await file.chmod(mode) // whatever the umask
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}
