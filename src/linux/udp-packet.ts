// A UDP packet with its IP header, as it stands on a link without hardware addresses.
import { type Address, addressBytes } from '../model/index.ts'
import { internetChecksum } from './internet-checksum.ts'

export type UdpPacket = {
  /** Of one family. */
  readonly from: Address
  readonly to: Address
  /** Where it comes from and goes to. */
  readonly port: number
  readonly data: Uint8Array
}

const IPPROTO_UDP = 17
const HOP_LIMIT = 64
const IP_HEADER_BYTES = { 4: 20, 6: 40 } as const
const UDP_HEADER_BYTES = 8

/** IP header, UDP header and data. */
export function udpPacket({ from, to, port, data }: UdpPacket): Uint8Array {
  const udp = udpOf({ from, to, port, data })
  const header = to.family === 4 ? headerOfIpv4(from, to, udp.length) : headerOfIpv6(from, to, udp.length)
  return Uint8Array.of(...header, ...udp)
}

/** RFC 791: no options, do not fragment. */
function headerOfIpv4(from: Address, to: Address, payloadBytes: number): Uint8Array {
  const bytes = new Uint8Array(IP_HEADER_BYTES[4])
  const view = new DataView(bytes.buffer)
  view.setUint8(0, 0x45)
  view.setUint16(2, bytes.length + payloadBytes)
  view.setUint16(6, 0x4000)
  view.setUint8(8, HOP_LIMIT)
  view.setUint8(9, IPPROTO_UDP)
  bytes.set(addressBytes(from), 12)
  bytes.set(addressBytes(to), 16)
  view.setUint16(10, internetChecksum(bytes))
  return bytes
}

/** RFC 8200. */
function headerOfIpv6(from: Address, to: Address, payloadBytes: number): Uint8Array {
  const bytes = new Uint8Array(IP_HEADER_BYTES[6])
  const view = new DataView(bytes.buffer)
  view.setUint8(0, 0x60)
  view.setUint16(4, payloadBytes)
  view.setUint8(6, IPPROTO_UDP)
  view.setUint8(7, HOP_LIMIT)
  bytes.set(addressBytes(from), 8)
  bytes.set(addressBytes(to), 24)
  return bytes
}

/** RFC 768, with the checksum over addresses, protocol and length in front. */
function udpOf({ from, to, port, data }: UdpPacket): Uint8Array {
  const bytes = new Uint8Array(UDP_HEADER_BYTES + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, port)
  view.setUint16(2, port)
  view.setUint16(4, bytes.length)
  bytes.set(data, UDP_HEADER_BYTES)
  const pseudo = [...addressBytes(from), ...addressBytes(to), 0, IPPROTO_UDP, bytes.length >> 8, bytes.length & 0xff]
  // 0 would say that there is none.
  view.setUint16(6, internetChecksum(Uint8Array.of(...pseudo, ...bytes)) || 0xffff)
  return bytes
}
