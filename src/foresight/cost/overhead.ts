// Bytes that an encapsulation adds to a packet on its way over one hop.
import type { Family } from '../../model/index.ts'
import type { PlannedNode } from '../../planner/index.ts'
import { type Fraction, fraction } from './fraction.ts'
import type { Hop } from './path-of.ts'

const IP_HEADER = { 4: 20, 6: 40 } as const
const UDP_HEADER = 8
/** Type, receiver and counter in front (16), the authentication tag behind (16); what is inside is padded to 16. */
const WIREGUARD = { bytes: 32, padding: 16 } as const
/** VXLAN's header and the inner Ethernet's. */
const VXLAN = 8 + 14

/** Bytes on the wire for each byte of packets of this size, from IP header to IP header. */
export function wireShare(hop: Hop, packetBytes: number): Fraction {
  return fraction(BigInt(wireBytes(hop, packetBytes)), BigInt(packetBytes))
}

function wireBytes({ over, from, to }: Hop, packetBytes: number): number {
  switch (over) {
    case 'bare':
      return packetBytes
    case 'ipip':
      return packetBytes + IP_HEADER[4]
    case 'vxlan':
      return packetBytes + VXLAN + UDP_HEADER + IP_HEADER[privateFamily(from, to)]
    case 'tunnel':
    case 'wireguard': {
      const family = over === 'tunnel' ? endpointFamily(from, to) : privateFamily(from, to)
      const padded = Math.ceil(packetBytes / WIREGUARD.padding) * WIREGUARD.padding
      return padded + WIREGUARD.bytes + UDP_HEADER + IP_HEADER[family]
    }
  }
}

/** Fellow members meet by IPv4 where both have it. */
const privateFamily = (from: PlannedNode, to: PlannedNode): Family =>
  [from, to].every(({ node }) => node.privateAddresses.some(({ address }) => address.family === 4)) ? 4 : 6

/** Of the endpoint that one of them calls; a name is taken for IPv4. */
function endpointFamily(from: PlannedNode, to: PlannedNode): Family {
  const host = (to.node.endpoint ?? from.node.endpoint)?.host
  return typeof host === 'object' ? host.family : 4
}
