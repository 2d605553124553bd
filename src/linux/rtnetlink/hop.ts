// Where a route goes next, as RTA_GATEWAY, RTA_VIA and RTA_MULTIPATH say it.
import type { Address, Family } from '../../model/index.ts'
import { type AttributeType, address } from '../netlink/attribute.ts'
import { malformed } from '../netlink/reader.ts'
import { putStruct, struct } from '../netlink/struct.ts'
import { getAttributes, putAttributes, table, type Values } from '../netlink/table.ts'
import { align, reserve } from '../netlink/writer.ts'
import { familyNumber } from './family.ts'

const RTNH_F_ONLINK = 4

/** A next hop: a gateway, a link (by index), or both. */
export type Hop = {
  readonly via?: Address | undefined
  readonly index?: number | undefined
  /** The gateway is on the link although no route says so. */
  readonly onlink?: boolean | undefined
}

/** The gateway of an IPv4 route that is an IPv6 address: a family in front of the bytes (struct rtvia). */
const otherFamily: AttributeType<Address> = {
  put(to, gateway) {
    const at = reserve(to, 2)
    to.view.setUint16(at, familyNumber(gateway.family), true)
    address.put(to, gateway)
  },
  get: (from, at, length) => address.get(from, at + 2, length - 2),
}

export const GATEWAY = {
  gateway: [5, address], // RTA_GATEWAY
  via: [18, otherFamily], // RTA_VIA
} as const
const HOP_ATTRIBUTES = table(GATEWAY)
const HOP = struct({ length: 'u16', flags: 'u8', hops: 'u8', index: 's32' }) // rtnexthop

/** The gateway in the attribute that fits a route of this family. */
export const gatewayValues = (family: Family, via: Address | undefined): Values<typeof GATEWAY> =>
  via === undefined ? {} : via.family === family ? { gateway: via } : { via }

type RouteHops = { readonly family: Family; readonly hops: readonly Hop[] }

/** RTA_MULTIPATH. The family of the route is only needed to write it. */
export const multipath: AttributeType<RouteHops> = {
  put(to, { family, hops }) {
    for (const { via, index = 0, onlink } of hops) {
      const start = to.length
      putStruct(to, HOP, { flags: onlinkFlag(onlink), index })
      putAttributes(to, HOP_ATTRIBUTES, gatewayValues(family, via))
      to.view.setUint16(start, to.length - start, true)
    }
  },
  get(from, at, length) {
    const hops: Hop[] = []
    const end = at + length
    for (let position = at; position < end; ) {
      const size = position + HOP.size <= end ? from.view.getUint16(position, true) : 0
      if (size < HOP.size || position + size > end)
        throw malformed(`a next hop of ${size} bytes where ${end - position} are left`)
      const { gateway, via } = getAttributes(from, HOP_ATTRIBUTES, position + HOP.size, position + size)
      const flags = from.view.getUint8(position + 2)
      hops.push({ via: gateway ?? via, index: from.view.getInt32(position + 4, true), ...onlinkOf(flags) })
      position += align(size)
    }
    return { family: 4, hops }
  },
}

/** rtnh_flags, and rtm_flags of a route with one hop. */
export const onlinkOf = (flags: number): { readonly onlink?: true } => (flags & RTNH_F_ONLINK ? { onlink: true } : {})
export const onlinkFlag = (onlink: boolean | undefined): number => (onlink ? RTNH_F_ONLINK : 0)
