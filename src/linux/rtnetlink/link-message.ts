// RTM_*LINK: the layout of a link's messages and what we read of them. linux/if_link.h
import type { Address } from '../../model/index.ts'
import { address, be16, bytes, hardwareAddress, string, u8, u32 } from '../netlink/attribute.ts'
import { attributesOf, headerOf, type Layout, type Received } from '../netlink/message.ts'
import { struct } from '../netlink/struct.ts'
import { decodeAttributes, nested, table } from '../netlink/table.ts'

export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const IFF_UP = 0x1

/** IN6_ADDR_GEN_MODE_*: how a link makes its fe80:: address. */
export const ADDRESS_GENERATION = { eui64: 0, none: 1, stablePrivacy: 2, random: 3 } as const
export type AddressGeneration = keyof typeof ADDRESS_GENERATION

const INET6 = table({ generation: [8, u8] /* IFLA_INET6_ADDR_GEN_MODE */ })
const BY_FAMILY = table({ inet6: [10, nested(INET6)] /* AF_INET6 */ })
const INFO = table({
  kind: [1, string], // IFLA_INFO_KIND
  data: [2, bytes], // IFLA_INFO_DATA
})

export const LINK = {
  header: struct({ family: 'u8', pad: 'u8', type: 'u16', index: 's32', flags: 'u32', change: 'u32' }), // ifinfomsg
  attributes: table({
    hardwareAddress: [1, hardwareAddress], // IFLA_ADDRESS
    name: [3, string], // IFLA_IFNAME
    mtuBytes: [4, u32], // IFLA_MTU
    master: [10, u32], // IFLA_MASTER
    info: [18, nested(INFO)], // IFLA_LINKINFO
    byFamily: [26, nested(BY_FAMILY)], // IFLA_AF_SPEC
    group: [27, u32], // IFLA_GROUP
    namespace: [28, u32], // IFLA_NET_NS_FD
    extended: [29, u32], // IFLA_EXT_MASK
  }),
} satisfies Layout<unknown, unknown>

export const VXLAN = table({
  networkIdentifier: [1, u32], // IFLA_VXLAN_ID
  local4: [4, address], // IFLA_VXLAN_LOCAL
  learning: [7, u8], // IFLA_VXLAN_LEARNING
  port: [15, be16], // IFLA_VXLAN_PORT
  local6: [17, address], // IFLA_VXLAN_LOCAL6
})

/** linux/if_tunnel.h */
export const IPIP = table({
  local: [2, address], // IFLA_IPTUN_LOCAL
  ttl: [4, u8], // IFLA_IPTUN_TTL
  pathMtuDiscovery: [10, u8], // IFLA_IPTUN_PMTUDISC
  mark: [20, u32], // IFLA_IPTUN_FWMARK
})

export const VETH = table({ peer: [1, bytes] /* VETH_INFO_PEER */ })

type VxlanParameters = {
  readonly networkIdentifier: number
  readonly port: number
  readonly local?: Address | undefined
}

type IpipParameters = { readonly local?: Address | undefined; readonly mark: number }

export type LinkRecord = {
  readonly index: number
  readonly name: string
  /** `bridge`, `veth`, `vxlan`, `tun`, …; empty for hardware and for `lo`. */
  readonly kind: string
  readonly isUp: boolean
  readonly mtuBytes: number
  readonly group: number
  /** Empty where the link has none. */
  readonly hardwareAddress: string
  readonly addressGeneration?: AddressGeneration | undefined
  readonly vxlan?: VxlanParameters
  readonly ipip?: IpipParameters
}

/** Undefined for messages of other families that come under the same number (bridge ports). */
export function tryLinkRecord(received: Received): LinkRecord | undefined {
  const header = headerOf(received, LINK)
  const attributes = attributesOf(received, LINK)
  if (header.family !== 0 || attributes.name === undefined) return undefined
  const kind = attributes.info?.kind ?? ''
  const data = attributes.info?.data
  return {
    index: header.index,
    name: attributes.name,
    kind,
    isUp: (header.flags & IFF_UP) !== 0,
    mtuBytes: attributes.mtuBytes ?? 0,
    group: attributes.group ?? 0,
    hardwareAddress: attributes.hardwareAddress ?? '',
    addressGeneration: generationOf(attributes.byFamily?.inet6?.generation),
    ...(kind === 'vxlan' && data !== undefined && { vxlan: vxlanOf(data) }),
    ...(kind === 'ipip' && data !== undefined && { ipip: ipipOf(data) }),
  }
}

function vxlanOf(data: Uint8Array): VxlanParameters {
  const { networkIdentifier = 0, port = 0, local4, local6 } = decodeAttributes(VXLAN, data)
  return { networkIdentifier, port, local: local4 ?? local6 }
}

function ipipOf(data: Uint8Array): IpipParameters {
  const { local, mark = 0 } = decodeAttributes(IPIP, data)
  return { local, mark }
}

const GENERATIONS = Object.keys(ADDRESS_GENERATION) as AddressGeneration[]
const generationOf = (mode: number | undefined): AddressGeneration | undefined =>
  mode === undefined ? undefined : GENERATIONS[mode]
