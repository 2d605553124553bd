// One wireguard-go: started for a device, in a session of its own, with a socket that listens already.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { keepDescriptorsFromChildren } from '../descriptors.ts'
import { inNamespace, type NamespaceHandle } from '../namespace.ts'
import { codeOf, systemError } from '../system-error.ts'
import { type LastWords, openLastWords } from './last-words.ts'
import { GET } from './uapi.ts'
import { openUapiListener } from './uapi-listener.ts'
import { exchange } from './uapi-socket.ts'

export const WIREGUARD_GO = 'wireguard-go'
// One whose device was deleted needs about 4 ms to end.
const LAST_BREATH_MILLISECONDS = 2000

export type WireguardGoStart = {
  /** Of the device. */
  readonly name: string
  readonly socketPath: string
  /** Where the program is looked for: the first folder that has it counts. */
  readonly programFolders: readonly string[]
  readonly namespace?: NamespaceHandle | undefined
}

export type WireguardGoProcess = {
  readonly pid: number
  /** Resolves when it is gone. It may outlive us: nobody has to wait for it. */
  readonly ended: Promise<ProcessEnd>
}

export type ProcessEnd = {
  /** `exit code 1`, `SIGKILL`. */
  readonly how: string
  /** The last line that it wrote. */
  readonly said?: string
}

/** Whoever asked at a socket found nobody behind it. */
export const isGone = (error: unknown): boolean =>
  ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '')

/**
 * Resolves when it answers, after about 6 ms. It gets the socket from us, already listening, so there is nothing to
 * watch for: our question waits in the socket until it is read.
 */
export async function startWireguardGo(wanted: WireguardGoStart): Promise<WireguardGoProcess> {
  const { name, socketPath, programFolders } = wanted
  const program = findExecutable(programFolders)
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o755 })
  await clearPath(name, socketPath)
  const { child, ended } = launch(program, wanted)
  const refusal = await Promise.race([
    exchange(socketPath, GET).then(
      () => undefined,
      (cause: unknown): ProcessEnd => ({ how: cause instanceof Error ? cause.message : String(cause) }),
    ),
    ended,
  ])
  if (refusal === undefined) return { pid: child.pid ?? 0, ended }
  child.kill('SIGKILL')
  rmSync(socketPath, { force: true })
  // It is dead by now, but on a busy machine the news may come late.
  const { how, said } = await Promise.race([ended, sleep(2000, refusal, { ref: false })])
  throw systemError(
    `cannot start ${program} for ${name}`,
    5 /* EIO */,
    `it ended at once (${how})${said === undefined ? '' : `: ${said}`}; it needs /dev/net/tun ` +
      '(modprobe tun; a container has to be given that device) and a name that no other device has',
  )
}

function findExecutable(folders: readonly string[]): string {
  const places = folders.map((folder) => `${folder}/${WIREGUARD_GO}`)
  const found = places.find((path) => existsSync(path))
  if (found !== undefined) return found
  throw systemError(
    `${WIREGUARD_GO} not found: there is no ${places.join(', ')}`,
    2 /* ENOENT */,
    `this kernel has no WireGuard; install the package ${WIREGUARD_GO}, or load the kernel's module wireguard`,
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
    `cannot start ${WIREGUARD_GO} for ${name}`,
    17 /* EEXIST */,
    `another one answers at ${path}; delete its device`,
  )
}

type Launched = { readonly child: ChildProcess; readonly ended: Promise<ProcessEnd> }

// In the foreground, or it would begin a second time; in a session of its own, or it would end with ours.
function launch(program: string, { name, socketPath, namespace }: WireguardGoStart): Launched {
  const words = openLastWords()
  try {
    const child = inNamespace(namespace, () => {
      keepDescriptorsFromChildren()
      const listener = openUapiListener(socketPath)
      try {
        return spawn(program, [name], {
          detached: true,
          cwd: '/',
          stdio: ['ignore', words.fd, words.fd, listener],
          env: { LOG_LEVEL: 'error', WG_PROCESS_FOREGROUND: '1', WG_UAPI_FD: '3' },
        })
      } finally {
        closeSync(listener)
      }
    })
    child.unref()
    return { child, ended: endOf(child, words) }
  } catch (cause) {
    words.close()
    throw cause
  }
}

/** Closes the words with it. */
function endOf(child: ChildProcess, words: LastWords): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    let isOver = false
    const end = (how: string): void => {
      if (isOver) return // an error may come before the exit
      isOver = true
      // Before its words: `ERROR: (damask-t1) 2026/11/21 21:06:29 `
      const said = words.lastLine()?.replace(/^\w+: \(\S+\) [\d/]+ [\d:]+ /, '')
      words.close()
      resolve({ how, ...(said !== undefined && { said }) })
    }
    child.once('error', ({ message }) => end(message))
    child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`))
  })
}
