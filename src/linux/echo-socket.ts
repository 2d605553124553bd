// ICMP and ICMPv6 echo from inside a namespace. Packets are never fragmented: one that is too large is refused.
import koffi from 'koffi'
import type { Address } from '../model/index.ts'
import { internetChecksum } from './internet-checksum.ts'
import { closeDescriptor, receive, SOCK_NONBLOCK, SOCK_RAW, sendTo, setSocketOption, socket } from './libc.ts'
import { inNamespace, type NamespaceHandle } from './namespace.ts'
import { domainOf, socketAddress } from './socket-address.ts'
import { errnoName } from './system-error.ts'

export type EchoSocket = {
  /** Undefined when it left; else the name of the errno: `EMSGSIZE`, `ENETUNREACH`. */
  send(to: Address, sequence: number, dataBytes: number): string | undefined
  close(): void
}

/** `error` where a node on the way answered in place of the one that was asked: `type 3 code 4`. */
export type EchoAnswer = { readonly sequence: number; readonly dataBytes: number; readonly error?: string }

/** Of IP and ICMP together. */
export const ECHO_HEADER_BYTES = { 4: 28, 6: 48 } as const

const SOL_RAW = 255
const PROTOCOL = { 4: 1, 6: 58 } as const
const REQUEST = { 4: 8, 6: 128 } as const
const REPLY = { 4: 0, 6: 129 } as const
/** Unreachable, time exceeded; for IPv6 unreachable, too big, time exceeded. */
const ERRORS = { 4: [3, 11], 6: [1, 2, 3] } as const
const FILTER_OPTION = { 4: [SOL_RAW, 1], 6: [58, 1] } as const
/** IP_MTU_DISCOVER and IPV6_MTU_DISCOVER: IP_PMTUDISC_DO; IPV6_DONTFRAG. */
const NO_FRAGMENTS = {
  4: [[0, 10, 2]],
  6: [
    [41, 23, 2],
    [41, 62, 1],
  ],
} as const
const SO_RCVBUF = 8
const MAXIMUM_ICMP_BYTES = 65_535

/** `identifier`: 16 bits, which tell this socket's echoes from those of others in the namespace. */
export function openEchoSocket(options: {
  readonly namespace?: NamespaceHandle | undefined
  readonly family: 4 | 6
  readonly identifier: number
  readonly onAnswer: (answer: EchoAnswer) => void
}): EchoSocket {
  const { namespace, family, identifier, onAnswer } = options
  const fd = inNamespace(namespace, () => socket(domainOf(family), SOCK_RAW | SOCK_NONBLOCK, PROTOCOL[family]))
  const [level, option] = FILTER_OPTION[family]
  setSocketOption(fd, level, option, typeFilter(family))
  setSocketOption(fd, 1, SO_RCVBUF, 1 << 20)
  for (const [layer, name, value] of NO_FRAGMENTS[family]) setSocketOption(fd, layer, name, value)

  const buffer = new Uint8Array(MAXIMUM_ICMP_BYTES)
  const read = (): void => {
    for (let length = receive(fd, buffer); length >= 0; length = receive(fd, buffer)) {
      const answer = readAnswer(buffer.subarray(0, length), family, identifier)
      if (answer) onAnswer(answer)
    }
  }
  const poll = koffi.node.poll(fd, { readable: true }, read)
  return {
    send(to, sequence, dataBytes) {
      const sent = sendTo(fd, echoRequest(family, identifier, sequence, dataBytes), socketAddress(to, 0))
      return sent < 0 ? errnoName(-sent) : undefined
    },
    close() {
      poll.close()
      closeDescriptor(fd)
    },
  }
}

/** The kernel fills in the checksum of ICMPv6 itself. */
function echoRequest(family: 4 | 6, identifier: number, sequence: number, dataBytes: number): Uint8Array {
  const bytes = new Uint8Array(8 + dataBytes)
  const view = new DataView(bytes.buffer)
  bytes[0] = REQUEST[family]
  view.setUint16(4, identifier)
  view.setUint16(6, sequence)
  if (family === 4) view.setUint16(2, internetChecksum(bytes))
  return bytes
}

/** `packet`: from the IP header on for IPv4, from the ICMPv6 header on for IPv6, as raw sockets give it. */
function readAnswer(packet: Uint8Array, family: 4 | 6, identifier: number): EchoAnswer | undefined {
  const icmp = family === 4 ? afterIpv4Header(packet) : packet
  const type = icmp[0] ?? -1
  if (type === REPLY[family]) return matchEcho(icmp, identifier)
  const quoted = icmp.subarray(8)
  const original = matchEcho(family === 4 ? afterIpv4Header(quoted) : quoted.subarray(40), identifier)
  return original && { ...original, error: `type ${type} code ${icmp[1]}` }
}

const afterIpv4Header = (packet: Uint8Array): Uint8Array => packet.subarray(((packet[0] ?? 0) & 0xf) * 4)

function matchEcho(icmp: Uint8Array, identifier: number): EchoAnswer | undefined {
  if (icmp.length < 8) return undefined
  const view = new DataView(icmp.buffer, icmp.byteOffset, icmp.byteLength)
  return view.getUint16(4) === identifier ? { sequence: view.getUint16(6), dataBytes: icmp.length - 8 } : undefined
}

// ICMP_FILTER: 32 bits; ICMP6_FILTER: 256. A bit that is set keeps the type out.
function typeFilter(family: 4 | 6): Uint8Array {
  const words = new Uint32Array(family === 4 ? 1 : 8).fill(0xffff_ffff)
  for (const type of [REPLY[family], ...ERRORS[family]]) {
    const word = type >>> 5
    words[word] = ((words[word] ?? 0) & ~(1 << (type & 31))) >>> 0
  }
  return new Uint8Array(words.buffer)
}
