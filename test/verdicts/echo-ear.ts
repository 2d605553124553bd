// Sends echo requests that say by their data which trial they are of, and hears those of others and the answers. Nothing else tells them
// apart: masquerading changes identifiers.
import koffi from 'koffi'
import type { NamespaceHandle } from '../../src/linux/index.ts'
import { internetChecksum } from '../../src/linux/internet-checksum.ts'
import {
  closeDescriptor,
  receive,
  SOCK_NONBLOCK,
  SOCK_RAW,
  sendTo,
  setSocketOption,
  socket,
} from '../../src/linux/libc.ts'
import { inNamespace } from '../../src/linux/namespace.ts'
import { domainOf, socketAddress } from '../../src/linux/socket-address.ts'
import type { Address, Family } from '../../src/model/index.ts'

export type EchoEar = {
  /** `bytes`: of the whole packet. What the kernel refuses to send is lost too. */
  readonly send: (to: Address, trial: number, bytes: number) => void
  readonly close: () => void
}

export type Heard = { readonly trial: number; readonly kind: 'request' | 'reply'; readonly bytes: number }

const PROTOCOL = { 4: 1, 6: 58 } as const
const REQUEST = { 4: 8, 6: 128 } as const
const REPLY = { 4: 0, 6: 129 } as const
const IP_HEADER_BYTES = { 4: 20, 6: 40 } as const
/** IP_MTU_DISCOVER and IPV6_MTU_DISCOVER: IP_PMTUDISC_DO; IPV6_DONTFRAG. */
const NO_FRAGMENTS = {
  4: [[0, 10, 2]],
  6: [
    [41, 23, 2],
    [41, 62, 1],
  ],
} as const
const SO_RCVBUF = 8
const ICMP_HEADER_BYTES = 8
const MAGIC = 0x64_6d_6b_76

export function openEchoEar(namespace: NamespaceHandle, family: Family, hear: (heard: Heard) => void): EchoEar {
  const fd = inNamespace(namespace, () => socket(domainOf(family), SOCK_RAW | SOCK_NONBLOCK, PROTOCOL[family]))
  setSocketOption(fd, 1, SO_RCVBUF, 1 << 20)
  for (const [layer, name, value] of NO_FRAGMENTS[family]) setSocketOption(fd, layer, name, value)
  const buffer = new Uint8Array(65_535)
  const read = (): void => {
    for (let length = receive(fd, buffer); length >= 0; length = receive(fd, buffer)) {
      const heard = tryHeard(buffer.subarray(0, length), family)
      if (heard) hear(heard)
    }
  }
  const poll = koffi.node.poll(fd, { readable: true }, read)
  return {
    send(to, trial, bytes) {
      sendTo(fd, echoRequest(family, trial, bytes), socketAddress(to, 0))
    },
    close() {
      poll.close()
      closeDescriptor(fd)
    },
  }
}

function echoRequest(family: Family, trial: number, packetBytes: number): Uint8Array {
  const bytes = new Uint8Array(packetBytes - IP_HEADER_BYTES[family])
  const view = new DataView(bytes.buffer)
  bytes[0] = REQUEST[family]
  view.setUint16(4, trial & 0xffff)
  view.setUint32(ICMP_HEADER_BYTES, MAGIC)
  view.setUint32(ICMP_HEADER_BYTES + 4, trial)
  if (family === 4) view.setUint16(2, internetChecksum(bytes)) // the kernel fills in that of ICMPv6
  return bytes
}

/** Raw sockets give IPv4 with its header, and IPv6 without. */
function tryHeard(packet: Uint8Array, family: Family): Heard | undefined {
  const icmp = family === 4 ? packet.subarray(((packet[0] ?? 0) & 0xf) * 4) : packet
  const kind = icmp[0] === REQUEST[family] ? 'request' : icmp[0] === REPLY[family] ? 'reply' : undefined
  if (kind === undefined || icmp.length < ICMP_HEADER_BYTES + 8) return undefined
  const view = new DataView(icmp.buffer, icmp.byteOffset, icmp.byteLength)
  if (view.getUint32(ICMP_HEADER_BYTES) !== MAGIC) return undefined
  const trial = view.getUint32(ICMP_HEADER_BYTES + 4)
  return { trial, kind, bytes: icmp.length + IP_HEADER_BYTES[family] }
}
