// Tells when something in a folder tree changed that a store would read. One inotify watch a folder (fs.watch can watch a
// tree by itself, but opens a watch a file for it), and one on what is above the tree, to see it go and come again.
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import { isHidden, isResourceName } from './resource-files.ts'
import { systemCode, systemMessage } from './system-message.ts'

export type FolderWatch = {
  readonly folder: string
  /** Called soon after a change, once for all that came together. */
  readonly onChange: () => void
  /** Called for each file that was touched, before `onChange`. */
  readonly onTouch: (path: string) => void
  /** Called where a folder cannot be watched; it is looked at again and again then. */
  readonly onProblem: (message: string) => void
}

/** Milliseconds from the first change to the call: an editor's or a tool's writes come in a burst. */
const GATHER = 20

/** Milliseconds between two looks at what the kernel tells nothing of: it may have run out of watches (ENOSPC). */
const BLIND_LOOK = 30_000

/** Milliseconds between two looks whatever is told: events that found the kernel's queue full (IN_Q_OVERFLOW) reach nobody. */
const LOOK_ANYWAY = 600_000

/** Returns how to stop. */
export function watchFolder({ folder, onChange, onTouch, onProblem }: FolderWatch): () => void {
  const watched = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  let blindTimer: NodeJS.Timeout | undefined
  const problems = new Set<string>()
  let isStale = false
  let isClosed = false

  function changed(path: string, name: string | null): void {
    if (isClosed) return
    const inside = name === null ? path : join(path, name)
    if (name !== null && isInside(folder, path) && isResourceName(name)) onTouch(inside)
    else if (!concernsFolders(path, name, inside)) return
    else {
      drop(inside)
      isStale = true
    }
    timer ??= setTimeout(tell, GATHER)
  }

  const concernsFolders = (path: string, name: string | null, inside: string): boolean => {
    // Kubernetes swaps a mounted ConfigMap by the link `..data`.
    if (name === null || name === '..data') return true
    if (!isInside(folder, path)) return isInside(inside, folder)
    return !isHidden(name) && (watched.has(inside) || identityOf(inside) !== undefined)
  }

  /** A watch is of one inode, and what has the name now may be another folder, even one with the same number again. */
  function drop(path: string): void {
    for (const [inside, watcher] of watched) {
      if (!isInside(path, inside)) continue
      watcher.close()
      watched.delete(inside)
    }
  }

  function tell(): void {
    timer = undefined
    if (isStale) rewatch()
    onChange()
  }

  function rewatch(): void {
    isStale = false
    const wanted = new Set<string>()
    const want = (path: string): void => {
      wanted.add(path)
      if (watched.has(path)) return
      const watcher = tryWatch(path, (name) => changed(path, name), lookLater)
      if (watcher !== undefined) watched.set(path, watcher)
    }
    want(nearestAbove(folder))
    walk(folder, want)
    for (const [path, watcher] of watched) {
      if (wanted.has(path)) continue
      watcher.close()
      watched.delete(path)
    }
  }

  function lookLater(message: string): void {
    if (!problems.has(message)) onProblem(message)
    problems.add(message)
    isStale = true
    blindTimer ??= setTimeout(() => {
      blindTimer = undefined
      tell()
    }, BLIND_LOOK)
  }

  rewatch()
  const anyway = setInterval(() => {
    isStale = true
    tell()
  }, LOOK_ANYWAY)
  return () => {
    isClosed = true
    clearInterval(anyway)
    clearTimeout(timer)
    clearTimeout(blindTimer)
    for (const watcher of watched.values()) watcher.close()
    watched.clear()
  }
}

function tryWatch(
  path: string,
  onEvent: (name: string | null) => void,
  onProblem: (message: string) => void,
): FSWatcher | undefined {
  try {
    const watcher = watch(path, (_, name) => onEvent(name))
    watcher.on('error', () => onEvent(null))
    return watcher
  } catch (cause) {
    // ENOENT: it went away meanwhile, and what is above it will tell when it is back.
    if (systemCode(cause) !== 'ENOENT')
      onProblem(`changes in ${path} are not announced: ${systemMessage(cause)}; looking each ${BLIND_LOOK / 1000} s`)
    return undefined
  }
}

/** The nearest folder above the tree that there is. */
function nearestAbove(folder: string): string {
  let above = dirname(folder)
  while (identityOf(above) === undefined && above !== dirname(above)) above = dirname(above)
  return above
}

/** Each folder is visited before it is listed: a watch that is set then tells of what is made after. */
function walk(folder: string, visit: (path: string) => void, seen = new Set<string>()): void {
  const identity = identityOf(folder)
  if (identity === undefined || seen.has(identity)) return
  seen.add(identity)
  visit(folder)
  for (const name of namesIn(folder)) walk(join(folder, name), visit, seen)
}

/** Of what may be folders. */
function namesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => !entry.isFile() && !isHidden(entry.name)).map(({ name }) => name)
  } catch {
    return []
  }
}

/** Undefined where there is no such folder. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats?.isDirectory() ? `${stats.dev} ${stats.ino}` : undefined
}

const isInside = (outer: string, inner: string): boolean =>
  inner === outer || inner.startsWith(outer === '/' ? '/' : `${outer}/`)
