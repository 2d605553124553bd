// UDP datagrams through a device of one's choice. A UDP socket bound to the device does not do: where a route is over a group of
// next hops, IPv6 takes any of them whatever the socket is bound to (net/ipv6/route.c, fib6_select_path(); seen on linux 6.18).
import {
  AF_PACKET,
  closeDescriptor,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  sendTo,
  setSocketOption,
  socket,
  socketOption,
} from './libc.ts'
import { inNamespace, type NamespaceHandle } from './namespace.ts'
import { codeOf, errnoName } from './system-error.ts'
import { type UdpPacket, udpPacket } from './udp-packet.ts'

export type DatagramSocket = {
  /**
   * Through a link without hardware addresses (WireGuard, TUN, IPIP); no route and no filter is asked. Undefined when it left;
   * else the name of the errno: `ENODEV` where the link is gone, `ENETDOWN`.
   */
  send(link: string, packet: UdpPacket): string | undefined
  close(): void
}

const SO_BINDTODEVICE = 25
const SO_BINDTOIFINDEX = 62 // linux ≥ 5.0
const ETHERTYPE = { 4: 0x0800, 6: 0x86dd } as const

/**
 * One for all links. It receives nothing, and holds to no link: one that was made anew is found by its name. To close it keeps
 * the kernel busy for some 10 ms (net/packet/af_packet.c, packet_release()).
 */
export function openDatagramSocket(namespace?: NamespaceHandle | undefined): DatagramSocket {
  const fd = inNamespace(namespace, () => socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK, 0))
  let isOpen = true
  return {
    send(link, packet) {
      if (!isOpen) return 'EBADF' // its number may be that of somebody else's file by now
      try {
        const to = linkAddress(linkIndex(fd, link), ETHERTYPE[packet.to.family])
        const sent = sendTo(fd, udpPacket(packet), to)
        return sent < 0 ? errnoName(-sent) : undefined
      } catch (error) {
        const code = codeOf(error)
        if (code === undefined) throw error
        return code
      }
    },
    close() {
      if (isOpen) closeDescriptor(fd)
      isOpen = false
    },
  }
}

/** In the socket's namespace. SIOCGIFINDEX, which if_nametoindex() asks, would start modprobe for a name that is not there. */
function linkIndex(fd: number, link: string): number {
  setSocketOption(fd, SOL_SOCKET, SO_BINDTODEVICE, new TextEncoder().encode(`${link}\0`))
  return socketOption(fd, SOL_SOCKET, SO_BINDTOIFINDEX)
}

/** struct sockaddr_ll, linux/if_packet.h */
function linkAddress(index: number, protocol: number): Uint8Array {
  const bytes = new Uint8Array(20)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_PACKET, true)
  view.setUint16(2, protocol)
  view.setInt32(4, index, true)
  return bytes
}
