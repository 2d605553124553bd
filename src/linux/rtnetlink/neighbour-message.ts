// RTM_*NEIGH: neighbours of IP addresses, and (AF_BRIDGE) the forwarding entries of vxlan devices. linux/neighbour.h
import type { Address, Family } from '../../model/index.ts'
import { AF_BRIDGE } from '../libc.ts'
import { address, hardwareAddress, u8 } from '../netlink/attribute.ts'
import {
  attributesOf,
  headerOf,
  type Layout,
  type Message,
  message,
  NLM_F_CREATE,
  NLM_F_REPLACE,
  type Received,
} from '../netlink/message.ts'
import { struct } from '../netlink/struct.ts'
import { table } from '../netlink/table.ts'
import { familyNumber } from './family.ts'

export const RTM_NEWNEIGH = 28
export const RTM_DELNEIGH = 29
const RTM_GETNEIGH = 30
const NUD_PERMANENT = 0x80
const NTF_SELF = 0x02

const NEIGHBOUR = {
  header: struct({ family: 'u8', pad1: 'u8', pad2: 'u16', index: 's32', state: 'u16', flags: 'u8', type: 'u8' }), // ndmsg
  attributes: table({
    address: [1, address], // NDA_DST
    hardwareAddress: [2, hardwareAddress], // NDA_LLADDR
    protocol: [12, u8], // NDA_PROTOCOL, linux ≥ 5.2
  }),
} satisfies Layout<unknown, unknown>

export type NeighbourRecord = {
  readonly index: number
  readonly isPermanent: boolean
  /** NTF_SELF: of the device itself, not of the bridge above it. */
  readonly isOwn: boolean
  /** The neighbour's, or where the vxlan device sends. */
  readonly address?: Address | undefined
  readonly hardwareAddress?: string | undefined
  readonly protocol: number
}

type NewNeighbour = {
  readonly index: number
  readonly address: Address
  readonly hardwareAddress: string
  readonly protocol?: number | undefined
}
type NewFdbEntry = { readonly index: number; readonly hardwareAddress: string; readonly remote: Address }

/** Permanent. Takes the place of what the kernel may have learned of the address. */
export const setNeighbourMessage = ({ index, ...rest }: NewNeighbour): Message =>
  message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, NEIGHBOUR, neighbourHeader(rest.address, index), rest)
export const deleteNeighbourMessage = ({ index, address }: Pick<NewNeighbour, 'index' | 'address'>): Message =>
  message(RTM_DELNEIGH, 0, NEIGHBOUR, { family: familyNumber(address.family), index }, { address })

export const setFdbEntryMessage = ({ index, hardwareAddress, remote }: NewFdbEntry): Message =>
  message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, NEIGHBOUR, forwardingHeader(index), {
    hardwareAddress,
    address: remote,
  })
export const deleteFdbEntryMessage = ({ index, hardwareAddress, remote }: NewFdbEntry): Message =>
  message(RTM_DELNEIGH, 0, NEIGHBOUR, forwardingHeader(index), { hardwareAddress, address: remote })

export const dumpNeighboursMessage = (family: Family): Message =>
  message(RTM_GETNEIGH, 0, NEIGHBOUR, { family: familyNumber(family) })
/** Of one device. */
export const dumpForwardingMessage = (index: number): Message =>
  message(RTM_GETNEIGH, 0, NEIGHBOUR, { family: AF_BRIDGE, index })

const neighbourHeader = (of: Address, index: number) => ({
  family: familyNumber(of.family),
  index,
  state: NUD_PERMANENT,
})
const forwardingHeader = (index: number) => ({ family: AF_BRIDGE, index, state: NUD_PERMANENT, flags: NTF_SELF })

export function tryNeighbourRecord(received: Received): NeighbourRecord {
  const { index, state, flags } = headerOf(received, NEIGHBOUR)
  const { address, hardwareAddress, protocol = 0 } = attributesOf(received, NEIGHBOUR)
  return {
    index,
    isPermanent: (state & NUD_PERMANENT) !== 0,
    isOwn: (flags & NTF_SELF) !== 0,
    address,
    hardwareAddress,
    protocol,
  }
}
