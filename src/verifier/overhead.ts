// What each encapsulation adds to a packet, and what is left of an MTU inside of it.
import type { Family } from '../model/index.ts'
import type { Packet, Payload } from './packet.ts'

const IP_BYTES = { 4: 20, 6: 40 } as const
const UDP_BYTES = 8
const VXLAN_BYTES = 8
const ETHERNET_BYTES = 14
/** Header 16, tag 16. */
const WIREGUARD_BYTES = 32
const WIREGUARD_BLOCK_BYTES = 16
/** MessageInitiation of WireGuard's protocol. */
const HANDSHAKE_BYTES = 148

/** Bytes of the outer packet. */
export function wrappedBytes(payload: Payload, family: Family): number {
  switch (payload.kind) {
    case 'wireguard':
      return (
        IP_BYTES[family] + UDP_BYTES + WIREGUARD_BYTES + paddedBytes(payload.inner.sizeBytes, payload.deviceMtuBytes)
      )
    case 'handshake':
      return IP_BYTES[family] + UDP_BYTES + HANDSHAKE_BYTES
    case 'vxlan':
      return IP_BYTES[family] + UDP_BYTES + VXLAN_BYTES + ETHERNET_BYTES + payload.inner.sizeBytes
    case 'ipip':
      return IP_BYTES[family] + payload.inner.sizeBytes
  }
}

/** WireGuard fills up to whole blocks, but not past the MTU of its device. */
const paddedBytes = (sizeBytes: number, deviceMtuBytes: number): number =>
  Math.max(sizeBytes, Math.min(deviceMtuBytes, Math.ceil(sizeBytes / WIREGUARD_BLOCK_BYTES) * WIREGUARD_BLOCK_BYTES))

/** Of the innermost packet: the largest that still fits where the outermost may have `limitBytes`. */
export function innermostRoom(packet: Packet, limitBytes: number): number {
  const { payload, family } = packet
  if (payload === undefined || payload.kind === 'handshake') return limitBytes
  switch (payload.kind) {
    case 'wireguard': {
      const room = limitBytes - IP_BYTES[family] - UDP_BYTES - WIREGUARD_BYTES
      const whole = Math.floor(room / WIREGUARD_BLOCK_BYTES) * WIREGUARD_BLOCK_BYTES
      return innermostRoom(payload.inner, payload.deviceMtuBytes <= room ? payload.deviceMtuBytes : whole)
    }
    case 'vxlan':
      return innermostRoom(payload.inner, limitBytes - IP_BYTES[family] - UDP_BYTES - VXLAN_BYTES - ETHERNET_BYTES)
    case 'ipip':
      return innermostRoom(payload.inner, limitBytes - IP_BYTES[family])
  }
}
