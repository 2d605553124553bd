// Network namespaces: made, named in /run/netns as iproute2 does, entered and left again.
import { closeSync, mkdirSync, openSync, readdirSync, stat, unlinkSync } from 'node:fs'
import { CLONE_NEWNET, MNT_DETACH, MS_BIND, MS_REC, MS_SHARED, mount, setns, unmount, unshare } from './libc.ts'
import { codeOf } from './system-error.ts'

const FOLDER = '/run/netns'
const OWN = '/proc/thread-self/ns/net'

/** An open namespace. It stays alive, and so do its links, until this is closed. */
export type NamespaceHandle = { readonly fd: number; close(): void }

/** Makes a namespace that `ip netns` lists. Its `lo` is down. EEXIST where the name is taken. */
export function createNamespace(name: string): void {
  const path = pathOf(name)
  prepareFolder()
  try {
    closeSync(openSync(path, 'wx', 0o444))
  } catch (cause) {
    throw failure(`cannot create network namespace ${name}`, cause)
  }
  try {
    awayFromHome(() => {
      unshare(CLONE_NEWNET)
      mount(OWN, path, 'none', MS_BIND)
    })
  } catch (cause) {
    unlinkSync(path)
    throw failure(`cannot create network namespace ${name}`, cause)
  }
}

/** Takes the name away; the namespace goes with its last socket, handle and process. No error where there is none. */
export function deleteNamespace(name: string): void {
  const path = pathOf(name)
  ignoring(['EINVAL', 'ENOENT'], () => unmount(path, MNT_DETACH))
  ignoring(['ENOENT'], () => unlinkSync(path))
}

/** Names in /run/netns that begin with `prefix`, ascending. */
export function listNamespaces(prefix = ''): string[] {
  let names: string[] = []
  ignoring(['ENOENT'], () => {
    names = readdirSync(FOLDER)
  })
  return names.filter((name) => name.startsWith(prefix)).sort()
}

/** `node-1`, or a path as in CNI_NETNS or /proc/PID/ns/net. */
export function openNamespace(nameOrPath: string): NamespaceHandle {
  const path = nameOrPath.includes('/') ? nameOrPath : pathOf(nameOrPath)
  try {
    return handleOf(openSync(path, 'r')) // libuv adds O_CLOEXEC
  } catch (cause) {
    throw failure(`cannot open network namespace ${nameOrPath}`, cause)
  }
}

/**
 * Runs `fn` with the thread inside the namespace, and comes back. Synchronous only: what is awaited inside would go on
 * at home, so a promise is refused. `listen`, `connect` and `bind` of Node with a host open their socket later, at home:
 * open the descriptor by `socket` and hand it over. Without a handle `fn` runs where the thread is.
 */
export function inNamespace<T>(
  handle: NamespaceHandle | undefined,
  fn: () => T extends PromiseLike<unknown> ? never : T,
): T {
  if (handle === undefined) return fn()
  const result: T = awayFromHome(() => {
    setns(handle.fd, CLONE_NEWNET)
    return fn()
  })
  if (isThenable(result))
    throw new TypeError('inNamespace: the function returned a promise, which would go on in the wrong namespace')
  return result
}

function awayFromHome<T>(fn: () => T): T {
  warmPool()
  const home = openSync(OWN, 'r')
  try {
    return fn()
  } finally {
    returnTo(home)
  }
}

function returnTo(home: number): void {
  try {
    setns(home, CLONE_NEWNET)
  } catch {
    process.abort() // to go on in a foreign namespace would change somebody else's network
  }
  closeSync(home)
}

// The pool's threads keep the namespace of the thread that first used the pool: they have to start at home.
let isPoolWarm = false
function warmPool(): void {
  if (isPoolWarm) return
  isPoolWarm = true
  stat('/', () => {})
}

// As iproute2 does, so that mounts made here are seen in the other mount namespaces.
function prepareFolder(): void {
  mkdirSync(FOLDER, { recursive: true, mode: 0o755 })
  try {
    mount('', FOLDER, 'none', MS_SHARED | MS_REC)
  } catch (error) {
    if (codeOf(error) !== 'EINVAL') throw error
    mount(FOLDER, FOLDER, 'none', MS_BIND | MS_REC)
    mount('', FOLDER, 'none', MS_SHARED | MS_REC)
  }
}

function pathOf(name: string): string {
  if (!/^[\w.:@-]+$/.test(name) || /^\.+$/.test(name)) throw new Error(`not a name for a network namespace: '${name}'`)
  return `${FOLDER}/${name}`
}

function handleOf(fd: number): NamespaceHandle {
  let isOpen = true
  return {
    fd,
    close() {
      if (isOpen) closeSync(fd)
      isOpen = false
    },
  }
}

function ignoring(codes: readonly string[], fn: () => void): void {
  try {
    fn()
  } catch (error) {
    if (!codes.includes(codeOf(error) ?? '')) throw error
  }
}

const isThenable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

function failure(tried: string, cause: unknown): Error {
  const code = codeOf(cause)
  const said = cause instanceof Error ? cause.message : String(cause)
  return Object.assign(new Error(`${tried}: ${said}`, { cause }), code !== undefined && { code })
}
