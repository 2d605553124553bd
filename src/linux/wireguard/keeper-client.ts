// Asks a keeper (`damask keeper`) on its Unix socket: one request of HTTP, one answer.
// Written on a bare socket, as node:http would be 6 MB of an idle agent.
import { connect } from 'node:net'
import { errnoName, systemError } from '../system-error.ts'

/** In the run folder. */
export const KEEPER_SOCKET = 'keeper.sock'
/** Of the devices that a keeper starts processes for: ours, and no longer than a link's name may be (IFNAMSIZ). */
export const KEPT_NAME = /^(?=.{1,15}$)damask-[a-z0-9]+$/

// wireguard-go answers within milliseconds, and one that is ending gets two seconds before that.
const PATIENCE_MILLISECONDS = 10_000

export type KeeperOrder = 'PUT' | 'DELETE'

/** What a keeper answers where it refuses. */
export type KeeperRefusal = { readonly errno: number; readonly message: string }

/** PUT starts the process of a device, unless it runs; DELETE ends it. Throws with `code` and the keeper's own words. */
export async function askKeeper(socketPath: string, order: KeeperOrder, name: string): Promise<void> {
  const { code, body } = await exchangeHttp(socketPath, `${order} /interfaces/${name} HTTP/1.1\r\nhost: keeper\r\n\r\n`)
  if (code < 300 || (order === 'DELETE' && code === 404)) return
  const { errno, message } = tryRefusal(body) ?? { errno: 5 /* EIO */, message: body.trim() }
  throw Object.assign(new Error(message), { code: errnoName(errno), errno })
}

export const keeperAnswers = (socketPath: string): Promise<boolean> =>
  exchangeHttp(socketPath, 'GET /interfaces HTTP/1.1\r\nhost: keeper\r\n\r\n').then(
    ({ code }) => code === 200,
    () => false,
  )

function tryRefusal(body: string): KeeperRefusal | undefined {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function exchangeHttp(path: string, request: string): Promise<{ readonly code: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const parts: string[] = []
    const socket = connect(path)
    const fail = (error: Error): void => {
      socket.destroy()
      reject(error)
    }
    socket.setEncoding('utf8')
    socket.setTimeout(PATIENCE_MILLISECONDS, () =>
      fail(systemError(`the keeper of wireguard-go does not answer at ${path}`, 110 /* ETIMEDOUT */)),
    )
    socket.on('connect', () => socket.write(request))
    socket.on('error', (cause) =>
      fail(
        Object.assign(
          systemError(
            `the keeper of wireguard-go does not answer at ${path}`,
            111 /* ECONNREFUSED */,
            'look at its log and start it (damask keeper), or remove that socket where none is wanted',
          ),
          { cause },
        ),
      ),
    )
    socket.on('data', (part: string) => parts.push(part))
    socket.on('end', () => {
      const [, code, body = ''] = /^HTTP\/1\.1 (\d{3})[^\n]*\n[\s\S]*?\r\n\r\n([\s\S]*)$/.exec(parts.join('')) ?? []
      if (code === undefined) fail(systemError(`the keeper of wireguard-go broke off at ${path}`, 104 /* ECONNRESET */))
      else resolve({ code: Number(code), body })
    })
  })
}
