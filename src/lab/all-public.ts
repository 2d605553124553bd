// What would have crossed the internet if every pair on different nodes had used public addresses.
import type { Pair } from './probe-end.ts'

/** What the pods' devices sent during the check, their Ethernet headers included. */
export type Sent = { readonly packets: number; readonly bytes: number; readonly mtuBytes: number }

const ETHERNET_HEADER_BYTES = 14
/** WireGuard over IPv4: IP 20, UDP 8, header 16, tag 16. Its padding to 16 bytes is left out. */
const TUNNEL_BYTES = 60

/**
 * Every packet that a pod sent would have crossed once, in a tunnel of its own:
 *
 *   (IP bytes + 60 · packets) · (pairs on different nodes / all pairs)
 *
 * IP bytes are the device's bytes less 14 a packet. A device counts a segmented TCP train as one packet, so at least
 * IP bytes / MTU packets are taken.
 */
export function bytesIfAllPublic(sent: readonly Sent[], pairs: readonly Pair[]): number {
  if (pairs.length === 0) return 0
  const bytes = sent.reduce((sum, one) => {
    const ipBytes = one.bytes - ETHERNET_HEADER_BYTES * one.packets
    return sum + ipBytes + TUNNEL_BYTES * Math.max(one.packets, Math.ceil(ipBytes / one.mtuBytes))
  }, 0)
  const apart = pairs.filter(({ from, to }) => from.node !== to.node).length
  return Math.round((bytes * apart) / pairs.length)
}
