// RTM_*NEXTHOP: next-hop objects and their groups. linux/nexthop.h, linux ≥ 5.3
import type { Address } from '../../model/index.ts'
import { type AttributeType, address, u32 } from '../netlink/attribute.ts'
import { attributesOf, headerOf, type Layout, type Message, message, type Received } from '../netlink/message.ts'
import { putStruct, struct } from '../netlink/struct.ts'
import { table } from '../netlink/table.ts'
import { familyNumber } from './family.ts'

export const RTM_NEWNEXTHOP = 104
export const RTM_DELNEXTHOP = 105
const RTM_GETNEXTHOP = 106

const MEMBER = struct({ id: 'u32', weight: 'u8', high: 'u8', reserved: 'u16' }) // nexthop_grp; a weight of 0 is one

/** NHA_GROUP, all members of one weight. */
const members: AttributeType<readonly number[]> = {
  put(to, ids) {
    for (const id of ids) putStruct(to, MEMBER, { id })
  },
  get: ({ view }, at, length) =>
    Array.from({ length: Math.floor(length / MEMBER.size) }, (_, index) =>
      view.getUint32(at + index * MEMBER.size, true),
    ),
}

const NEXT_HOP = {
  header: struct({ family: 'u8', scope: 'u8', protocol: 'u8', reserved: 'u8', flags: 'u32' }), // nhmsg
  attributes: table({
    id: [1, u32], // NHA_ID
    members: [2, members], // NHA_GROUP
    index: [5, u32], // NHA_OIF
    via: [6, address], // NHA_GATEWAY
  }),
} satisfies Layout<unknown, unknown>

export type NextHopRecord = {
  readonly id: number
  readonly protocol: number
  /** Of a group; all else is then left out. */
  readonly members?: readonly number[] | undefined
  readonly index?: number | undefined
  readonly via?: Address | undefined
}

/** Family AF_INET6 also without a gateway: such a next hop serves routes of both families. */
export function newNextHopMessage(
  flags: number,
  { id, protocol, index, via }: Omit<NextHopRecord, 'members'>,
): Message {
  return message(
    RTM_NEWNEXTHOP,
    flags,
    NEXT_HOP,
    { family: familyNumber(via?.family ?? 6), protocol },
    { id, index, via },
  )
}

/** A group keeps its kind for life: the kernel replaces a group by a group only. */
export function newNextHopGroupMessage(
  flags: number,
  { id, protocol, members }: { readonly id: number; readonly protocol: number; readonly members: readonly number[] },
): Message {
  return message(RTM_NEWNEXTHOP, flags, NEXT_HOP, { protocol }, { id, members })
}

/** Takes the routes that use it along, without an event for IPv4. */
export const deleteNextHopMessage = (id: number): Message => message(RTM_DELNEXTHOP, 0, NEXT_HOP, {}, { id })
export const dumpNextHopsMessage: Message = message(RTM_GETNEXTHOP, 0, NEXT_HOP, {})

export function tryNextHopRecord(received: Received): NextHopRecord | undefined {
  const { protocol } = headerOf(received, NEXT_HOP)
  const { id, ...rest } = attributesOf(received, NEXT_HOP)
  return id === undefined ? undefined : { id, protocol, ...rest }
}
