// What probes ask: an echo over TCP, which says first who it is and whom it sees, and one over UDP.
import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** The first line of an answer over TCP, as JSON. */
export type Greeting = { readonly node: string; readonly sees: string }

export type ProbeServer = { readonly port: number; readonly close: () => void }

/** Both on one port, of all families that there are. Port 0: a free one. */
export async function serveProbes(node: string, port: number): Promise<ProbeServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const greeting: Greeting = { node, sees: plainAddress(socket.remoteAddress ?? '') }
    socket.on('error', () => {}) // who hangs up has seen enough
    socket.write(`${JSON.stringify(greeting)}\n`)
    socket.pipe(socket)
  })
  server.listen(port)
  await once(server, 'listening')
  const address = server.address()
  const own = typeof address === 'object' && address !== null ? address.port : port
  const datagrams = await openDatagrams(own)
  datagrams.on('message', (bytes, from) => datagrams.send(bytes, from.port, from.address, () => {}))
  return {
    port: own,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      datagrams.close()
    },
  }
}

/** Where there is no IPv6, of IPv4 alone. */
async function openDatagrams(port: number): Promise<DatagramSocket> {
  try {
    return await bound(createSocket('udp6'), port)
  } catch {
    return bound(createSocket('udp4'), port)
  }
}

async function bound(socket: DatagramSocket, port: number): Promise<DatagramSocket> {
  socket.bind(port)
  await once(socket, 'listening')
  socket.on('error', () => {})
  return socket
}

/** A socket of both families sees IPv4 as `::ffff:10.42.0.2`. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '')
