// TCP and UDP sockets inside a namespace, as descriptors for Node: `server.listen({ fd })`, `new Socket({ fd }).connect(…)`,
// `createSocket('udp4').bind({ fd })`.
// Node's own would be opened later, at home (see inNamespace).
import { type Address, parseAddress } from '../model/index.ts'
import {
  bindSocket,
  closeDescriptor,
  listenSocket,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  setSocketOption,
  socket,
  socketName,
} from './libc.ts'
import { inNamespace, type NamespaceHandle } from './namespace.ts'
import { domainOf, portOf, socketAddress } from './socket-address.ts'

const IPPROTO_IPV6 = 41
const IPV6_V6ONLY = 26
const BACKLOG = 512
const ANY = { 4: parseAddress('0.0.0.0'), 6: parseAddress('::') } as const

/** Not yet connected. Whoever takes the descriptor closes it. */
export const openTcpSocket = (handle: NamespaceHandle | undefined, family: 4 | 6): number =>
  inNamespace(handle, () => socket(domainOf(family), SOCK_STREAM | SOCK_NONBLOCK, 0))

/** Listens on a free port of every address of one family. */
export function openTcpListener(handle: NamespaceHandle | undefined, family: 4 | 6): { fd: number; port: number } {
  const fd = openTcpSocket(handle, family)
  try {
    if (family === 6) setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)
    bindSocket(fd, socketAddress(ANY[family], 0))
    listenSocket(fd, BACKLOG)
    return { fd, port: portOf(socketName(fd)) }
  } catch (error) {
    closeDescriptor(fd)
    throw error
  }
}

/** Bound; port 0 takes a free one. Whoever takes the descriptor closes it. */
export const openUdpSocket = (handle: NamespaceHandle | undefined, address: Address, port: number): number =>
  inNamespace(handle, () => {
    const fd = socket(domainOf(address.family), SOCK_DGRAM | SOCK_NONBLOCK, 0)
    try {
      bindSocket(fd, socketAddress(address, port))
      return fd
    } catch (error) {
      closeDescriptor(fd)
      throw error
    }
  })
