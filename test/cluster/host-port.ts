// A port on the loopback of the namespace that the tests run in, which leads into another: the socket is made here, and what accepts on
// it runs there.
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { daemon } from './daemon.ts'

export async function listenOnLoopback(options: {
  readonly cgroup: string
  readonly log: string
  /** Inherits the socket under that descriptor. */
  readonly command: (descriptor: number) => readonly string[]
}): Promise<number> {
  const { cgroup, log, command } = options
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address and a port')
  daemon({ name: 'host-port', command: command(INHERITED), cgroup, log, descriptor: descriptorOf(server) }).start()
  server.close()
  return address.port
}

/** The first after the three standard ones. */
const INHERITED = 3

/** Node tells it nowhere else. */
function descriptorOf(server: Server): number {
  const { fd } = Reflect.get(server, '_handle')
  if (typeof fd !== 'number' || fd < 0) throw new Error('this Node does not tell the descriptor of a server')
  return fd
}
