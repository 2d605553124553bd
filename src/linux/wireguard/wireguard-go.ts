// WireGuard in userspace: one wireguard-go a device, which outlives us, spoken to over its Unix socket.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { keepDescriptorsFromChildren } from '../descriptors.ts'
import { inNamespace, type NamespaceHandle } from '../namespace.ts'
import { codeOf, systemError } from '../system-error.ts'
import type { WireguardDriver } from './device-settings.ts'
import { type LastWords, openLastWords } from './last-words.ts'
import { decodeDevice, encodeSet, errnoOf, GET } from './uapi.ts'
import { openUapiListener } from './uapi-listener.ts'
import { exchange } from './uapi-socket.ts'

/** Where wireguard-go looks for its own socket: it ends when that is removed. */
export const SOCKETS_FOLDER = '/var/run/wireguard'
const EXECUTABLE = 'wireguard-go'
/** Where the system keeps its programs: what an administrator put there comes before what a package did. */
export const PROGRAM_FOLDERS: readonly string[] = ['/usr/local', '/usr', ''].flatMap((root) => [
  `${root}/sbin`,
  `${root}/bin`,
])
// One whose device was deleted needs about 4 ms to end.
const LAST_BREATH_MILLISECONDS = 2000

export type WireguardGoOptions = {
  readonly namespace?: NamespaceHandle | undefined
  readonly socketsFolder?: string | undefined
  /** Where the program is looked for each time: the first folder that has it counts. Default `PROGRAM_FOLDERS`. */
  readonly programFolders?: readonly string[] | undefined
}

export function openWireguardGo({
  namespace,
  socketsFolder = SOCKETS_FOLDER,
  programFolders = PROGRAM_FOLDERS,
}: WireguardGoOptions): WireguardDriver {
  const pathOf = (link: string): string => `${socketsFolder}/${link}.sock`
  return {
    async createLink(name) {
      const program = findExecutable(programFolders)
      mkdirSync(socketsFolder, { recursive: true, mode: 0o755 })
      await clearPath(name, pathOf(name))
      await start(program, name, pathOf(name), namespace)
    },
    async read(link) {
      try {
        return decodeDevice(checked(`cannot read ${link}`, await exchange(pathOf(link), GET)))
      } catch (error) {
        if (isGone(error)) return undefined
        throw error
      }
    },
    async write(link, settings) {
      try {
        checked(`cannot set ${link}`, await exchange(pathOf(link), encodeSet(settings)))
      } catch (error) {
        throw isGone(error) ? systemError(`cannot set ${link}`, 19 /* ENODEV */, 'its wireguard-go is gone') : error
      }
    },
    close() {},
  }
}

function checked(tried: string, answer: string): string {
  const errno = errnoOf(answer)
  if (errno !== 0) throw systemError(tried, errno, 'wireguard-go refused it')
  return answer
}

const isGone = (error: unknown): boolean =>
  ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '')

function findExecutable(folders: readonly string[]): string {
  const places = folders.map((folder) => `${folder}/${EXECUTABLE}`)
  const found = places.find((path) => existsSync(path))
  if (found !== undefined) return found
  throw systemError(
    `${EXECUTABLE} not found: there is no ${places.join(', ')}`,
    2 /* ENOENT */,
    `this kernel has no WireGuard; install the package ${EXECUTABLE}, or load the kernel's module wireguard`,
  )
}

// A killed one leaves its socket behind. One that is ending still answers and will remove the socket of that name, also
// if it were ours by then, so it has to be waited for.
async function clearPath(name: string, path: string): Promise<void> {
  for (const start = performance.now(); performance.now() - start < LAST_BREATH_MILLISECONDS; await sleep(1)) {
    try {
      await exchange(path, GET)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return
      if (codeOf(error) === 'ECONNREFUSED') return rmSync(path, { force: true })
      if (!isGone(error)) throw error
    }
  }
  throw systemError(
    `cannot start ${EXECUTABLE} for ${name}`,
    17 /* EEXIST */,
    `another one answers at ${path}; delete its device`,
  )
}

/**
 * Resolves when it answers, after about 6 ms. It gets the socket from us, already listening, so there is nothing to
 * watch for: our question waits in the socket until it is read.
 */
async function start(
  program: string,
  name: string,
  path: string,
  namespace: NamespaceHandle | undefined,
): Promise<void> {
  const words = openLastWords()
  try {
    const child = inNamespace(namespace, () => launch(program, name, path, words))
    const ended = endOf(child)
    try {
      await Promise.race([exchange(path, GET), ended])
    } catch (error) {
      child.kill('SIGKILL')
      rmSync(path, { force: true })
      // It is dead by now, but on a busy machine the news may come late.
      const end = await Promise.race([ended, sleep(2000, error, { ref: false })]).catch((end: unknown) => end)
      throw systemError(`cannot start ${program} for ${name}`, 5 /* EIO */, reasonOf(end, words))
    }
  } finally {
    words.close()
  }
}

// In the foreground, or it would begin a second time; in a session of its own, or it would end with ours.
function launch(program: string, name: string, path: string, { fd }: LastWords): ChildProcess {
  keepDescriptorsFromChildren()
  const listener = openUapiListener(path)
  try {
    const child = spawn(program, [name], {
      detached: true,
      cwd: '/',
      stdio: ['ignore', fd, fd, listener],
      env: { LOG_LEVEL: 'error', WG_PROCESS_FOREGROUND: '1', WG_UAPI_FD: '3' },
    })
    child.unref()
    return child
  } finally {
    closeSync(listener)
  }
}

/** Rejects when it ends. */
function endOf(child: ChildProcess): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`it ended at once (${signal ?? `exit code ${code}`})`)))
  })
  ended.catch(() => {}) // it may end long after anybody asks
  return ended
}

function reasonOf(end: unknown, words: LastWords): string {
  // Before its words: `ERROR: (damask-t1) 2026/11/21 21:06:29 `
  const said = words.lastLine()?.replace(/^\w+: \(\S+\) [\d/]+ [\d:]+ /, '')
  return (
    `${end instanceof Error ? end.message : end}${said === undefined ? '' : `: ${said}`}; it needs /dev/net/tun ` +
    '(modprobe tun; a container has to be given that device) and a name that no other device has'
  )
}
