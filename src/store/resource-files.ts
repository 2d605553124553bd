// Which files a store is made of, and by what one can see that a file is still the same.
import type { Dirent, Stats } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileIssue, type Issue } from './issue.ts'
import { systemCode, systemMessage } from './system-message.ts'

export type ResourceFile = {
  /** As the user named it. */
  readonly path: string
  readonly fingerprint: Fingerprint
}

/** Another one than before: read it again. Milliseconds with their fractions: file systems count in larger steps. */
export type Fingerprint = Pick<Stats, 'mtimeMs' | 'size' | 'ino'>

export type ResourceFiles = { readonly files: readonly ResourceFile[]; readonly issues: readonly Issue[] }

/** A file given by name is read whatever its name; of a folder, every *.yaml and *.yml at any depth. Sorted by name. */
export async function listResourceFiles(paths: readonly string[]): Promise<ResourceFiles> {
  const listing: Listing = { files: [], issues: [], seen: new Set(), found: 0 }
  for (const path of paths) await addPath(path, listing)
  return listing
}

/** A name that a person, an editor or an agent gives to a file of resources; not one that is hidden or half written. */
export const isResourceName = (name: string): boolean => /^[^.#~].*\.ya?ml$/s.test(name)

export const isHidden = (name: string): boolean => name.startsWith('.')

/** Bytes. Ten thousand nodes are 3 MB. */
const LARGEST_FILE = 16 * 1024 * 1024

type Listing = {
  readonly files: ResourceFile[]
  readonly issues: Issue[]
  /** Real paths of files and folders: none is read twice. */
  readonly seen: Set<string>
  /** Files and issues, also those seen before. */
  found: number
}

async function addPath(path: string, listing: Listing): Promise<void> {
  try {
    const stats = await stat(path)
    if (!stats.isDirectory()) return addFile(path, await realpath(path), stats, listing)
    const before = listing.found + listing.issues.length
    await addFolder(path, listing)
    if (listing.found + listing.issues.length > before) return
    listing.issues.push(fileIssue(path, 'the folder holds no .yaml or .yml file'))
  } catch (cause) {
    listing.issues.push(fileIssue(path, systemMessage(cause)))
  }
}

async function addFolder(path: string, listing: Listing): Promise<void> {
  const real = await realpath(path)
  // Links between folders may run in a circle.
  if (listing.seen.has(real)) return
  listing.seen.add(real)
  const entries = (await readdir(path, { withFileTypes: true })).filter(isOfInterest)
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  const found = await Promise.all(entries.map((entry) => statEntry(join(path, entry.name), entry)))
  for (const [index, entry] of entries.entries()) {
    const stats = found[index]
    const inside = join(path, entry.name)
    if (stats === undefined) continue
    if ('message' in stats) listing.issues.push(stats)
    else if (!stats.isDirectory()) addFile(inside, await realName(real, entry), stats, listing)
    else await addFolder(inside, listing).catch((cause) => listing.issues.push(fileIssue(inside, systemMessage(cause))))
  }
}

const realName = (folder: string, entry: Dirent): string | Promise<string> =>
  entry.isSymbolicLink() ? realpath(join(folder, entry.name)).catch(() => entry.name) : join(folder, entry.name)

const isOfInterest = (entry: Dirent): boolean =>
  isResourceName(entry.name) || (!isHidden(entry.name) && !entry.isFile())

/** Undefined where there is nothing to read: a socket, or a file that went away in the meantime. */
async function statEntry(path: string, entry: Dirent): Promise<Stats | Issue | undefined> {
  try {
    const stats = await stat(path)
    const isWanted = stats.isDirectory() || (stats.isFile() && isResourceName(entry.name))
    return isWanted ? stats : undefined
  } catch (cause) {
    const isGone = systemCode(cause) === 'ENOENT' && !entry.isSymbolicLink()
    return isGone || !isResourceName(entry.name) ? undefined : fileIssue(path, systemMessage(cause))
  }
}

function addFile(path: string, real: string, stats: Stats, listing: Listing): void {
  const { files, issues, seen } = listing
  listing.found++
  if (seen.has(real)) return
  seen.add(real)
  if (stats.isFile() && stats.size > LARGEST_FILE) {
    issues.push(fileIssue(path, `the file has ${stats.size} bytes; more than ${LARGEST_FILE} are not read`))
  } else if (stats.isBlockDevice() || stats.isCharacterDevice() || stats.isSocket()) {
    issues.push(fileIssue(path, 'this is neither a file nor a folder'))
  } else {
    const { mtimeMs, size, ino } = stats
    files.push({ path, fingerprint: { mtimeMs, size, ino } })
  }
}
