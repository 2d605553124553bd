// What would have crossed the internet if every pair on different nodes had used public addresses.
import type { Family } from '../model/index.ts'
import type { Pair } from './probe-end.ts'

/** What an end's device carried during the check. */
export type Traffic = {
  readonly sentPackets: number
  /** Ethernet headers included. */
  readonly sentBytes: number
  readonly receivedPackets: number
  readonly mtuBytes: number
}

const ETHERNET_HEADER_BYTES = 14
/** WireGuard over IPv4 or IPv6: IP 20 or 40, UDP 8, header 16, tag 16. Its padding to 16 bytes is left out. */
const TUNNEL_BYTES = { 4: 60, 6: 80 } as const

/**
 * Every packet that a pod sent would have crossed once, in a tunnel of its own:
 *
 *   (IP bytes + 60 · packets) · (pairs on different nodes / all pairs)          80 where the internet is IPv6 alone
 *
 * IP bytes are the devices' sent bytes less 14 a packet. A device counts a segmented TCP train as one packet when it
 * sends it, and the packets of the train where they arrive from a tunnel; so the larger of both counts is taken, and at
 * least IP bytes / MTU.
 */
export function bytesIfAllPublic(traffic: readonly Traffic[], pairs: readonly Pair[], family: Family): number {
  if (pairs.length === 0) return 0
  const sumOf = (read: (one: Traffic) => number): number => traffic.reduce((sum, one) => sum + read(one), 0)
  const ipBytesOf = (one: Traffic): number => one.sentBytes - ETHERNET_HEADER_BYTES * one.sentPackets
  const packets = Math.max(
    sumOf(({ sentPackets }) => sentPackets),
    sumOf(({ receivedPackets }) => receivedPackets),
    sumOf((one) => Math.ceil(ipBytesOf(one) / one.mtuBytes)),
  )
  const apart = pairs.filter(({ from, to }) => from.node !== to.node).length
  return Math.round(((sumOf(ipBytesOf) + TUNNEL_BYTES[family] * packets) * apart) / pairs.length)
}
