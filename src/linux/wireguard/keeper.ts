// Keeps wireguard-go processes for an agent that is started anew more often than they may be: in a container, whatever the agent
// itself starts dies with it. Never starts one that nobody asked for: the agent sees that a device is gone, and asks again.
import { readFileSync } from 'node:fs'
import { systemError } from '../system-error.ts'
import { answersOrGoes, devicesWithSocket } from './stale-sockets.ts'
import { PROGRAM_FOLDERS, SOCKETS_FOLDER } from './wireguard-go.ts'
import { type ProcessEnd, startWireguardGo } from './wireguard-go-process.ts'
import { endWireguardGo, findWireguardGo, isWireguardGo } from './wireguard-go-processes.ts'

export type KeptInterface = { readonly name: string } & (
  | { readonly state: 'running'; readonly pid: number }
  | { readonly state: 'ended'; readonly how: string; readonly lastWords?: string }
)

export type Keeper = {
  /** Resolves once the device can be set; false: it could before. Throws with `code`. */
  start(name: string): Promise<boolean>
  /** Resolves once it has ended; false: there was none. */
  end(name: string): Promise<boolean>
  /** What runs, and what ended by itself since it was started, by name. */
  list(): readonly KeptInterface[]
  /** Ends all, and their devices with them. */
  close(): Promise<void>
}

export type KeeperOptions = {
  readonly socketsFolder?: string | undefined
  readonly programFolders?: readonly string[] | undefined
  readonly log: Record<'info' | 'warn', (fields: object, message: string) => void>
}

type Kept = {
  readonly pid: number
  /** Else it is one of an earlier keeper, or of an agent. */
  readonly isChild: boolean
}

/** Takes over what runs here already, and removes sockets that nobody answers on. */
export async function openKeeper({
  socketsFolder = SOCKETS_FOLDER,
  programFolders = PROGRAM_FOLDERS,
  log,
}: KeeperOptions): Promise<Keeper> {
  const running = new Map<string, Kept>()
  const ends = new Map<string, ProcessEnd>()
  const inTurn = takeTurns()
  let isClosed = false
  const socketOf = (name: string): string => `${socketsFolder}/${name}.sock`

  for (const name of devicesWithSocket(socketsFolder)) {
    const pid = (await answersOrGoes(socketOf(name))) ? findWireguardGo().get(name) : undefined
    if (pid === undefined) continue
    running.set(name, { pid, isChild: false })
    log.info({ name, pid }, 'took over a wireguard-go that runs already')
  }

  async function start(name: string): Promise<boolean> {
    if (isClosed)
      throw systemError(`cannot start a wireguard-go for ${name}`, 108 /* ESHUTDOWN */, 'the keeper is ending')
    if (isRunning(name) && hasDevice(name)) return false
    ends.delete(name)
    // One whose device was deleted is ending; it is waited for.
    const { pid, ended } = await startWireguardGo({ name, socketPath: socketOf(name), programFolders })
    const one = { pid, isChild: true }
    running.set(name, one)
    void ended.then((how) => noteEnd(name, one, how))
    log.info({ name, pid }, 'started a wireguard-go')
    return true
  }

  function noteEnd(name: string, one: Kept, { how, said }: ProcessEnd): void {
    if (running.get(name) !== one) return // it was told to
    running.delete(name)
    const fields = { name, pid: one.pid, how, ...(said !== undefined && { lastWords: said }) }
    if (how === 'exit code 0') log.info(fields, 'a wireguard-go ended, as its device was deleted')
    else {
      log.warn(fields, 'a wireguard-go ended, and its device with it')
      ends.set(name, { how, ...(said !== undefined && { said }) })
    }
  }

  /** Nobody tells us when one ends that is no child of ours. */
  function isRunning(name: string): boolean {
    const one = running.get(name)
    if (one === undefined) return false
    if (one.isChild || isWireguardGo(one.pid, name)) return true
    running.delete(name)
    log.warn({ name, pid: one.pid }, 'a wireguard-go that was taken over has ended')
    return false
  }

  async function end(name: string): Promise<boolean> {
    const one = running.get(name)
    if (one === undefined || !isRunning(name)) return ends.delete(name)
    running.delete(name)
    await endWireguardGo(name, one.pid)
    await answersOrGoes(socketOf(name))
    log.info({ name, pid: one.pid }, 'ended a wireguard-go')
    return true
  }

  return {
    start: (name) => inTurn(name, () => start(name)),
    end: (name) => inTurn(name, () => end(name)),
    list: () =>
      [
        ...[...running].flatMap(([name, { pid }]): KeptInterface[] =>
          isRunning(name) ? [{ name, state: 'running', pid }] : [],
        ),
        ...[...ends].map(
          ([name, { how, said }]): KeptInterface => ({
            name,
            state: 'ended',
            how,
            ...(said !== undefined && { lastWords: said }),
          }),
        ),
      ].sort((a, b) => (a.name < b.name ? -1 : 1)),
    async close() {
      isClosed = true
      await Promise.all([...running.keys()].map((name) => inTurn(name, () => end(name))))
    },
  }
}

/** Work on one name after the other, in the order of asking; on several side by side. */
function takeTurns(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work, work)
    last.set(name, turn)
    return turn
  }
}

// Of the namespace of the process, whatever stands mounted at /sys.
const hasDevice = (name: string): boolean =>
  new RegExp(`^ *${name}:`, 'm').test(readFileSync('/proc/self/net/dev', 'utf8'))
