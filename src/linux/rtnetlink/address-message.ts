// RTM_*ADDR: addresses on links. linux/if_addr.h
import type { Address } from '../../model/index.ts'
import { address, u8, u32 } from '../netlink/attribute.ts'
import {
  attributesOf,
  headerOf,
  type Layout,
  type Message,
  message,
  NLM_F_CREATE,
  NLM_F_EXCL,
  type Received,
} from '../netlink/message.ts'
import { struct } from '../netlink/struct.ts'
import { table } from '../netlink/table.ts'
import { familyNumber } from './family.ts'

export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
const RTM_GETADDR = 22
const IFA_F_NODAD = 0x02
/** IFA_F_TEMPORARY (an IPv4 one: secondary), DADFAILED, DEPRECATED, TENTATIVE */
const IFA_F_PASSING = 0x01 | 0x08 | 0x20 | 0x40
const IFA_F_PERMANENT = 0x80
const IFA_F_NOPREFIXROUTE = 0x200
const RT_SCOPE_HOST = 254

const ADDRESS = {
  header: struct({ family: 'u8', length: 'u8', flags: 'u8', scope: 'u8', index: 'u32' }), // ifaddrmsg
  attributes: table({
    address: [1, address], // IFA_ADDRESS: the peer's on point-to-point IPv4 links
    local: [2, address], // IFA_LOCAL
    flags: [8, u32], // IFA_FLAGS
    protocol: [11, u8], // IFA_PROTO, linux ≥ 5.18; older ones pass it over
  }),
} satisfies Layout<unknown, unknown>

export type AddressRecord = {
  readonly index: number
  readonly address: Address
  readonly length: number
  readonly isPermanent: boolean
  /** Nothing to name a machine by: a temporary one (RFC 8981), one that is not in use yet or no more, an IPv4 subnet's second. */
  readonly isPassing: boolean
  /** IFA_PROTO; 0: not known. 1 to 3: made by the kernel. */
  readonly protocol: number
}

type NewAddress = {
  readonly index: number
  readonly address: Address
  readonly length: number
  readonly protocol?: number | undefined
  /** Do not add the route to the address's subnet. */
  readonly noPrefixRoute?: boolean | undefined
}

export const addAddressMessage = (wanted: NewAddress): Message =>
  addressMessage(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, wanted)
export const deleteAddressMessage = (wanted: NewAddress): Message => addressMessage(RTM_DELADDR, 0, wanted)
export const dumpAddressesMessage: Message = message(RTM_GETADDR, 0, ADDRESS, {})

// IPv6 addresses come without duplicate address detection: who assigns them knows that they are free, and DAD costs a second.
function addressMessage(
  type: number,
  flags: number,
  { index, address, length, protocol, noPrefixRoute }: NewAddress,
): Message {
  const isV6 = address.family === 6
  const addressFlags = (noPrefixRoute ? IFA_F_NOPREFIXROUTE : 0) | (isV6 ? IFA_F_NODAD : 0)
  const scope = address.family === 4 && address.w0 >>> 24 === 127 ? RT_SCOPE_HOST : 0
  const header = { family: familyNumber(address.family), length, scope, index, flags: addressFlags & 0xff }
  return message(type, flags, ADDRESS, header, { address, local: address, flags: addressFlags, protocol })
}

export function tryAddressRecord(received: Received): AddressRecord | undefined {
  const { index, length, flags } = headerOf(received, ADDRESS)
  const attributes = attributesOf(received, ADDRESS)
  const own = attributes.local ?? attributes.address
  if (own === undefined) return undefined
  const allFlags = attributes.flags ?? flags
  return {
    index,
    address: own,
    length,
    isPermanent: (allFlags & IFA_F_PERMANENT) !== 0,
    isPassing: (allFlags & IFA_F_PASSING) !== 0,
    protocol: attributes.protocol ?? 0,
  }
}
