// Many UDP flows between two namespaces, each from a port of its own, on sockets that are not connected: the kernel then hashes
// every packet anew at every machine. What a TCP socket sends carries its sender's hash through all namespaces of one kernel,
// and every machine of a lab splits flows alike, as no two real ones do.
import { createSocket, type Socket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import { openNamespace, openUdpSocket } from '../../src/linux/index.ts'
import { formatAddress, parseAddress } from '../../src/model/index.ts'

const BYTES = 1000
const ANY = parseAddress('0.0.0.0')

/** How many of the datagrams, `each` in every flow, came back. */
export async function udpFlows(options: {
  readonly from: string
  readonly to: string
  readonly address: Parameters<typeof formatAddress>[0]
  readonly count: number
  readonly each: number
}): Promise<number> {
  const address = formatAddress(options.address)
  const [from, to] = [openNamespace(options.from), openNamespace(options.to)]
  const bound = async (handle: typeof from): Promise<Socket> => {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind({ fd: openUdpSocket(handle, ANY, 0) }, resolve))
    return socket
  }
  const server = await bound(to)
  server.on('message', (bytes, { address: asker, port }) => server.send(bytes, port, asker))
  const { port } = server.address()
  const clients = await Promise.all(Array.from({ length: options.count }, () => bound(from)))
  let returned = 0
  for (const client of clients) client.on('message', () => void returned++)
  for (let round = 0; round < options.each; round++) {
    for (const client of clients) {
      client.send(Buffer.alloc(BYTES), port, address)
      await sleep(1) // a burst would overrun the buffers on the way
    }
  }
  // Until all are back, or nothing more comes.
  for (let before = -1; returned < options.count * options.each && before !== returned; await sleep(2000))
    before = returned
  for (const socket of [server, ...clients]) socket.close()
  from.close()
  to.close()
  return returned
}
