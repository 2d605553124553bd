// One TCP connection between two namespaces on which a little comes back every few milliseconds, and what became of it.
import { createServer, Socket } from 'node:net'
import { openNamespace, openTcpListener, openTcpSocket } from '../../src/linux/index.ts'
import { type Address, formatAddress } from '../../src/model/index.ts'

export type TcpStream = {
  /** Once the first has come back. */
  readonly flows: Promise<void>
  readonly stop: () => TcpReport
}

export type TcpReport = {
  readonly what: string
  readonly answered: number
  readonly longestGapMilliseconds: number
  /** The connection ended. */
  readonly error: string | undefined
}

const BYTES = 100

export type TcpStreamOptions = {
  readonly what: string
  readonly from: string
  readonly to: string
  readonly address: Address
  readonly intervalMilliseconds: number
}

export async function startTcpStream(options: TcpStreamOptions): Promise<TcpStream> {
  const { what, address, intervalMilliseconds } = options
  const [from, to] = [openNamespace(options.from), openNamespace(options.to)]
  const { fd, port } = openTcpListener(to, address.family)
  const accepted = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    accepted.add(socket)
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen({ fd }, resolve))
  const client = new Socket({ fd: openTcpSocket(from, address.family) })
  from.close()
  to.close()
  let [answered, longest, lastAt] = [0, 0, performance.now()]
  let error: string | undefined
  const first = Promise.withResolvers<void>()
  client.on('data', () => {
    const now = performance.now()
    if (answered++ > 0) longest = Math.max(longest, now - lastAt)
    lastAt = now
    first.resolve()
  })
  client.on('error', (cause) => {
    error = cause.message
    first.reject(cause)
  })
  let timer: NodeJS.Timeout | undefined
  client.setNoDelay(true).connect({ host: formatAddress(address), port }, () => {
    timer = setInterval(() => client.write(Buffer.alloc(BYTES)), intervalMilliseconds)
  })
  return {
    flows: first.promise,
    stop() {
      clearInterval(timer)
      client.destroy()
      for (const socket of accepted) socket.destroy()
      server.close()
      const longestGapMilliseconds = Math.round(Math.max(longest, performance.now() - lastAt))
      return { what, answered, longestGapMilliseconds, error }
    },
  }
}

export const describeStream = ({ what, answered, longestGapMilliseconds, error }: TcpReport): string =>
  `${what}, TCP: ${answered} came back, longest time without ${longestGapMilliseconds} ms${error === undefined ? '' : `; ${error}`}`
