// The file descriptor under a netlink socket, set up as all of ours are.
import { AF_NETLINK, bindSocket, closeDescriptor, SOCK_RAW, SOL_SOCKET, setSocketOption, socket } from '../libc.ts'

export const NETLINK_ROUTE = 0
export const NETLINK_NETFILTER = 12
export const NETLINK_GENERIC = 16

const SO_SNDBUF = 7
const SO_RCVBUF = 8
const SO_SNDBUFFORCE = 32
const SO_RCVBUFFORCE = 33
const SOL_NETLINK = 270
const NETLINK_ADD_MEMBERSHIP = 1
const NETLINK_CAP_ACK = 10
const NETLINK_EXT_ACK = 11
const NETLINK_GET_STRICT_CHK = 12
const SEND_BYTES = 1 << 20
const RECEIVE_BYTES = 4 << 20

/** Opens and binds a netlink socket in the thread's namespace, as a member of `groups`. */
export function openDescriptor(
  protocol: number,
  { groups = [], flags = 0 }: { groups?: readonly number[]; flags?: number } = {},
): number {
  const fd = socket(AF_NETLINK, SOCK_RAW | flags, protocol)
  try {
    setBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BYTES)
    setBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BYTES)
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK])
      setSocketOption(fd, SOL_NETLINK, option, 1)
    bindSocket(fd, Uint8Array.of(AF_NETLINK, ...new Uint8Array(11)))
    for (const group of groups) setSocketOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
  } catch (error) {
    closeDescriptor(fd)
    throw error
  }
  return fd
}

// Without CAP_NET_ADMIN the limit of the system holds.
function setBuffer(fd: number, forced: number, asked: number, size: number): void {
  try {
    setSocketOption(fd, SOL_SOCKET, forced, size)
  } catch {
    setSocketOption(fd, SOL_SOCKET, asked, size)
  }
}
