// One question to a running wireguard-go, over the Unix socket that it has for each device.
import { connect } from 'node:net'
import { systemError } from '../system-error.ts'
import { isWhole } from './uapi.ts'

const PATIENCE_MILLISECONDS = 5000

/**
 * Sends a request and resolves with the whole answer. ENOENT: no such socket; ECONNREFUSED, or ECONNRESET in the midst:
 * the process is gone.
 */
export function exchange(path: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: string[] = []
    const socket = connect(path)
    socket.setEncoding('utf8')
    socket.setTimeout(PATIENCE_MILLISECONDS, () =>
      fail(systemError(`wireguard-go does not answer at ${path}`, 110 /* ETIMEDOUT */)),
    )
    socket.on('connect', () => socket.write(request))
    socket.on('error', fail)
    socket.on('data', (part: string) => {
      parts.push(part)
      // An answer of many peers comes in many parts: only the last two can hold its end.
      if (!isWhole(parts.slice(-2).join(''))) return
      socket.destroy()
      resolve(parts.join(''))
    })
    socket.on('end', () => fail(systemError(`wireguard-go broke off at ${path}`, 104 /* ECONNRESET */)))

    function fail(error: Error): void {
      socket.destroy()
      reject(error)
    }
  })
}
