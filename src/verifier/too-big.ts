// What happens to a packet that is larger than the way.
import type { Verdict } from './hop.ts'
import { innermostRoom } from './overhead.ts'
import type { Packet } from './packet.ts'
import type { Passing } from './trail.ts'

/** The outer packets of WireGuard and vxlan may be split by whoever has no room; all others are refused, with a message. */
export const isSplitInside = ({ payload }: Packet): boolean => payload !== undefined && payload.kind !== 'ipip'

export const tooBig = ({ node, steps }: Passing, packet: Packet, mtuBytes: number): Verdict => {
  const last = steps.at(-1)
  return {
    kind: 'too-big',
    node: node.name,
    mtuBytes: innermostRoom(packet, mtuBytes),
    ...(last && { entry: last.entry }),
  }
}
