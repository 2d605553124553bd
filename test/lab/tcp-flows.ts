// Many TCP connections at once between two namespaces, each from a port of its own.
import { createServer, Socket } from 'node:net'
import { openNamespace, openTcpListener, openTcpSocket } from '../../src/linux/index.ts'
import { type Address, formatAddress } from '../../src/model/index.ts'

export type TcpFlows = {
  readonly port: number
  /** Local ports of those that got all their bytes back. */
  readonly arrived: readonly number[]
  readonly failed: number
}

export async function tcpFlows(options: {
  readonly from: string
  readonly to: string
  readonly address: Address
  readonly count: number
  readonly limitMilliseconds: number
  /** What each sends, and gets back. */
  readonly bytes?: number
}): Promise<TcpFlows> {
  const { address, count, limitMilliseconds, bytes = 20_000 } = options
  const [from, to] = [openNamespace(options.from), openNamespace(options.to)]
  const { fd, port } = openTcpListener(to, address.family)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen({ fd }, resolve))
  const connect = (): Promise<number | undefined> =>
    echoed(new Socket({ fd: openTcpSocket(from, address.family) }), { address, port, limitMilliseconds, bytes })
  const ports = await Promise.all(Array.from({ length: count }, connect))
  server.close()
  for (const socket of sockets) socket.destroy()
  from.close()
  to.close()
  const arrived = ports.filter((one) => one !== undefined)
  return { port, arrived, failed: count - arrived.length }
}

type Echo = {
  readonly address: Address
  readonly port: number
  readonly limitMilliseconds: number
  readonly bytes: number
}

/** The local port, once all has come back; undefined when it has not in time. */
function echoed(socket: Socket, { address, port, limitMilliseconds, bytes }: Echo): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  const late = setTimeout(() => resolve(undefined), limitMilliseconds)
  let taken = 0
  socket.on('error', () => resolve(undefined))
  socket.on('data', (piece) => {
    taken += piece.length
    if (taken === bytes) resolve(socket.localPort)
  })
  socket.connect({ host: formatAddress(address), port }, () => socket.write(Buffer.alloc(bytes)))
  return promise.finally(() => {
    clearTimeout(late)
    socket.destroy()
  })
}
