// The marks by which everything of ours on a host is told from what other programs put there.
// Whatever does not carry one of them is never read as drift, changed or removed.
import { type Address, parseAddress } from './address.ts'

/** RTA_PROTOCOL, FRA_PROTOCOL, NHA protocol, NDA_PROTOCOL and IFA_PROTO of every object of ours. */
export const PROTOCOL = 218
/** IFLA_GROUP of every link of ours. */
export const LINK_GROUP = 218
/** The routes that carry the network. */
export const TABLE = 218
/** The `unreachable` routes that stop what no route carries; read after the main table's specific routes. */
export const GUARD_TABLE = 219
/** RT_TABLE_MAIN, linux/rtnetlink.h. */
export const MAIN_TABLE = 254

/** Rule preferences, in the order in which the kernel reads them. */
export const PREFERENCE = { vxlan: 4990, ours: 5000, main: 5001, guards: 5002 } as const

/** One bit of the packet mark: a packet that carries it skips our table (WireGuard's own packets do). */
export const MARK = 0x1000

export const LINK_PREFIX = 'damask'
export const POD_LINK_PREFIX = 'dmk'
/** The link that holds the node's gateway address whatever else comes and goes. */
export const ANCHOR_LINK = 'damask0'
export const VXLAN_LINK = 'damask-vx'
export const IPIP_LINK = 'damask-ipip'
/** What pods take as their IPv6 default gateway, on the host's end of every pod's link. */
export const POD_GATEWAY_V6: Address = parseAddress('fe80::1')
/** X's device for the gateways that hold this slot at their site. */
export const tunnelLink = (slot: number): string => `damask-t${slot}`
/** X's device for the fellow members that hold this slot (all that are no gateway hold 1), over fabric `wireguard`. */
export const fabricWireguardLink = (slot: number): string => `damask-f${slot}`
/** How far the ports of fabric `wireguard` are from those of the tunnels: as many as a site may have gateways. */
export const FABRIC_PORT_OFFSET = 16

/** nftables: the table `inet damask`. */
export const FILTER_TABLE = 'damask'

export const VXLAN_NETWORK_IDENTIFIER = 218
export const VXLAN_PORT = 8472

/** Next-hop object ids: four ranges of 22 bits each, told apart by what the object stands for. */
export const NEXT_HOP_ID = {
  tunnel: 0xda00_0000, // + slot
  fabric: 0xda00_0100, // + slot: a device of fabric wireguard
  site: 0xda40_0000, // + a hash of the far site's name: the group of its gateways
  member: 0xda80_0000, // + a hash of the node's name: a fellow member over vxlan
  gateways: 0xdac0_0000, // + a hash of their names: a group of gateways of the node's own site, over its fabric
} as const
/** True for every id that the planner may give. */
export const isOurNextHopId = (id: number): boolean => id >= 0xda00_0000 && id <= 0xdaff_ffff
