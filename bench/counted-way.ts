// The way from a namespace to a server of this one, byte for byte; counts what comes back, and says when it came.
import { connect, createServer, type Socket } from 'node:net'
import { openNamespace, openTcpListener } from '../src/linux/index.ts'
import type { Bench } from './benchmark.ts'

export type CountedWay = {
  /** On 127.0.0.1 of the namespace. */
  readonly port: number
  /** Bytes of TCP's payload that came from the server since the start. */
  readonly receivedBytes: () => number
  readonly sentBytes: () => number
  /** When more came than a moment is worth: resolves with the time (of `performance.now`) of the next piece of at least so many bytes. */
  readonly heard: (leastBytes: number) => Promise<number>
  readonly close: () => void
}

/** To `port` on 127.0.0.1. */
export function openCountedWay({ defer }: Pick<Bench, 'defer'>, namespace: string, serverPort: number): CountedWay {
  const handle = openNamespace(namespace)
  const listening = openTcpListener(handle, 4)
  handle.close()
  let received = 0
  let sent = 0
  const open = new Set<Socket>()
  const listeners = new Set<(bytes: number) => void>()
  const server = createServer((inside) => {
    const outside = connect({ port: serverPort, host: '127.0.0.1' })
    for (const [from, to] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      from.setNoDelay(true)
      open.add(from)
      from.on('data', (piece: Buffer) => {
        if (from === inside) sent += piece.length
        else received += piece.length
        if (!to.write(piece)) from.pause()
        if (from === outside) for (const listener of listeners) listener(piece.length)
      })
      to.on('drain', () => from.resume())
      from.on('error', () => to.destroy())
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
    }
  }).listen({ fd: listening.fd })
  const close = (): void => {
    server.close()
    for (const socket of open) socket.destroy()
  }
  defer(close)
  return {
    port: listening.port,
    receivedBytes: () => received,
    sentBytes: () => sent,
    heard: (leastBytes) =>
      new Promise((resolve) => {
        const listener = (bytes: number): void => {
          if (bytes < leastBytes) return
          listeners.delete(listener)
          resolve(performance.now())
        }
        listeners.add(listener)
      }),
    close,
  }
}
