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

export type Crossing = {
  /** What really crossed between clouds during the check. */
  readonly internetBytes: number
  /** The pairs that arrived; the others moved next to nothing. */
  readonly pairs: readonly Pair[]
  readonly cloudOf: (node: string) => string | undefined
  readonly traffic: readonly Traffic[]
  /** Of the addresses of the internet. */
  readonly family: Family
}

/**
 * Every pair moves the same: what crossed for the pairs between clouds, once more for each pair between nodes of one cloud.
 * Where no pair is between clouds there is nothing to go by, and it is estimated from what the ends sent. The device of a host
 * counts the fabric's own headers as well, so that of hosts it is a few per cent too much.
 */
export function bytesIfAllPublic(crossing: Crossing): number {
  const { internetBytes, pairs, cloudOf } = crossing
  const apart = pairs.filter(({ from, to }) => from.node !== to.node)
  const between = apart.filter(({ from, to }) => cloudOf(from.node) !== cloudOf(to.node))
  if (between.length > 0) return Math.round((internetBytes * apart.length) / between.length)
  return pairs.length === 0 ? 0 : Math.round((sentInTunnels(crossing) * apart.length) / pairs.length)
}

/**
 * The pods' IP bytes, and 60 (80) for each packet. A device counts a segmented TCP train as one packet when it sends it, and
 * the packets of the train where they arrive from a tunnel; so the larger of both counts is taken, and at least IP bytes / MTU.
 */
function sentInTunnels({ traffic, family }: Crossing): number {
  const sumOf = (read: (one: Traffic) => number): number => traffic.reduce((sum, one) => sum + read(one), 0)
  const ipBytesOf = (one: Traffic): number => one.sentBytes - ETHERNET_HEADER_BYTES * one.sentPackets
  const packets = Math.max(
    sumOf(({ sentPackets }) => sentPackets),
    sumOf(({ receivedPackets }) => receivedPackets),
    sumOf((one) => Math.ceil(ipBytesOf(one) / one.mtuBytes)),
  )
  return sumOf(ipBytesOf) + TUNNEL_BYTES[family] * packets
}
