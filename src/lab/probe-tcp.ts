// Sends bytes over TCP both ways between ends, and tells under which address the receiver saw the sender.
import { createServer, type Server, Socket } from 'node:net'
import { type NamespaceHandle, openTcpListener, openTcpSocket } from '../linux/index.ts'
import { type Address, type Family, formatAddress } from '../model/index.ts'

/** Each way. */
const TCP_BYTES = 100_000
const TIME_LIMIT_MILLISECONDS = 20_000

export type TcpListener = {
  readonly port: number
  /** The address that the sender of this number had; forgotten when it was asked for. */
  takeSource(number: number): string | undefined
  close(): void
}

/** Takes TCP_BYTES from each who comes (the first four are the sender's number), and gives as many back. */
export async function openTcpListenerIn(namespace: NamespaceHandle, family: Family): Promise<TcpListener> {
  const { fd, port } = openTcpListener(namespace, family)
  const sources = new Map<number, string>()
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    let head = Buffer.alloc(0)
    let taken = 0
    socket.on('data', (bytes) => {
      taken += bytes.length
      if (head.length < 4) head = Buffer.concat([head, bytes]).subarray(0, 4)
      if (taken !== TCP_BYTES) return
      sources.set(head.readUInt32BE(), socket.remoteAddress ?? 'nobody')
      socket.end(Buffer.alloc(TCP_BYTES))
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ fd }, resolve)
  })
  return {
    port,
    takeSource(number) {
      const source = sources.get(number)
      sources.delete(number)
      return source
    },
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Undefined when all bytes came and went; else why not. */
export function exchange(
  namespace: NamespaceHandle,
  to: Address,
  port: number,
  number: number,
): Promise<string | undefined> {
  const socket = new Socket({ fd: openTcpSocket(namespace, to.family) })
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  let isConnected = false
  let taken = 0
  socket.setTimeout(TIME_LIMIT_MILLISECONDS, () =>
    resolve(isConnected ? `only ${taken} of ${TCP_BYTES} bytes came back` : 'no connection'),
  )
  socket.on('error', (error) => resolve(error.message))
  socket.on('data', (bytes) => {
    taken += bytes.length
  })
  socket.on('end', () => resolve(taken === TCP_BYTES ? undefined : `only ${taken} of ${TCP_BYTES} bytes came back`))
  socket.connect({ host: formatAddress(to), port }, () => {
    isConnected = true
    const bytes = Buffer.alloc(TCP_BYTES)
    bytes.writeUInt32BE(number)
    socket.write(bytes)
  })
  return promise.finally(() => socket.destroy())
}
