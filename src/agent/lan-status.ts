// What to tell another container network that is put on top of ours: the address to bind to, and the size that fits.
import { type Family, formatAddress, type Network, type Node } from '../model/index.ts'
import { lanAddress } from '../planner/index.ts'

export type LanStatus = {
  /** The machine's address in the virtual LAN. */
  readonly address: string
  /** The largest packet that the LAN carries whole: the MTU for a network on top that adds nothing. */
  readonly mtuBytes: number
  /** What a vxlan on top leaves of that for its pods. */
  readonly vxlanMtuBytes: number
}

/** 20 or 40 IP + 8 UDP + 8 VXLAN + 14 Ethernet. */
const VXLAN_OVERHEAD_BYTES: { readonly [family in Family]: number } = { 4: 50, 6: 70 }

/** Undefined where the network is no virtual LAN, or the machine is not in it. */
export function describeLan(network: Network, node: Node, mtuBytes: number): LanStatus | undefined {
  const address = lanAddress(network, node)
  return (
    address && {
      address: formatAddress(address),
      mtuBytes,
      vxlanMtuBytes: mtuBytes - VXLAN_OVERHEAD_BYTES[address.family],
    }
  )
}
