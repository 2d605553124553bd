// A keeper of wireguard-go processes, asked over HTTP on keeper.sock: PUT and DELETE of /interfaces/NAME, GET of /interfaces.
import { join } from 'node:path'
import { KEEPER_SOCKET, KEPT_NAME, type Keeper, type KeeperRefusal, openKeeper } from '../linux/index.ts'
import type { Clock } from './clock.ts'
import type { HttpRequest } from './http-request.ts'
import { createHttpServer, type HttpAnswer, json, text } from './http-server.ts'
import { listenAlone } from './run-socket.ts'
import type { Log } from './secret-log.ts'
import { watchSockets } from './socket-watch.ts'

export type KeeperServerOptions = {
  /** Where the socket stands. */
  readonly runFolder: string
  /** Where wireguard-go is looked for. */
  readonly programFolders: readonly string[]
  readonly clock: Clock
  readonly log: Log
  /** Aborted: it ends its processes, and with them their devices. */
  readonly signal: AbortSignal
}

/** Resolves once the signal was aborted and all processes have ended. Throws where another keeper runs in the folder. */
export async function runKeeper(options: KeeperServerOptions): Promise<void> {
  const { runFolder, programFolders, clock, log, signal } = options
  const path = join(runFolder, KEEPER_SOCKET)
  // The lock comes first: a second keeper must not take over what the first keeps.
  let keeper: Keeper | undefined
  const { server, close } = createHttpServer(async (request) =>
    keeper === undefined ? text(503, 'the keeper is just starting') : answerTo(keeper, request),
  )
  const own = await listenAlone(server, path, 'keeper')
  const watch = watchSockets([{ path, restore: own.restore }], { clock, log })
  try {
    keeper = await openKeeper({ programFolders, log })
    log.info({ socket: path }, 'started')
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    const kept = keeper.list().flatMap(({ name, state }) => (state === 'running' ? [name] : []))
    log.info({ interfaces: kept }, 'stopping: the processes end now, and their devices with them')
  } finally {
    await watch.close()
    await close()
    await own.release()
    await keeper?.close()
  }
}

async function answerTo(
  keeper: Keeper,
  { method, target }: Extract<HttpRequest, { kind: 'request' }>,
): Promise<HttpAnswer> {
  if (target === '/interfaces')
    return method === 'GET' ? json(200, keeper.list()) : text(405, 'only GET is answered for all interfaces')
  const [, name] = /^\/interfaces\/([^/]*)$/.exec(target) ?? []
  if (name === undefined) return text(404, 'there are /interfaces and /interfaces/NAME')
  if (!KEPT_NAME.test(name))
    return text(400, `"${name}" is none of our interfaces: damask- and letters or digits, 15 in all, as in damask-t1`)
  const find = () => keeper.list().find((kept) => kept.name === name)
  switch (method) {
    case 'PUT':
      try {
        return json((await keeper.start(name)) ? 201 : 200, find())
      } catch (cause) {
        return json(500, refusalOf(cause))
      }
    case 'DELETE':
      return (await keeper.end(name)) ? text(200, 'ended') : text(404, `no wireguard-go is kept for ${name}`)
    case 'GET': {
      const kept = find()
      return kept === undefined ? text(404, `no wireguard-go is kept for ${name}`) : json(200, kept)
    }
    default:
      return text(405, 'an interface is started by PUT, ended by DELETE and looked at by GET')
  }
}

const refusalOf = (cause: unknown): KeeperRefusal => ({
  errno: cause instanceof Error && 'errno' in cause && typeof cause.errno === 'number' ? cause.errno : 5 /* EIO */,
  message: cause instanceof Error ? cause.message : String(cause),
})
