import { type Address, type Family, formatAddress } from '../../model/index.ts'
import type { NetlinkSocket } from '../netlink/socket.ts'
import type { LinkReference } from './link-request.ts'
import {
  deleteFdbEntryMessage,
  deleteNeighbourMessage,
  dumpForwardingMessage,
  dumpNeighboursMessage,
  type NeighbourRecord,
  setFdbEntryMessage,
  setNeighbourMessage,
  tryNeighbourRecord,
} from './neighbour-message.ts'

export type NeighbourMethods = {
  /** All that the kernel knows, what it learned too. */
  neighbours(family: Family): NeighbourRecord[]
  /** Makes or replaces a permanent neighbour. */
  setNeighbour(link: LinkReference, address: Address, hardwareAddress: string, protocol?: number): void
  deleteNeighbour(link: LinkReference, address: Address): void
  /** The forwarding entries of a vxlan device (or a bridge port). */
  fdb(link: LinkReference): NeighbourRecord[]
  setFdbEntry(link: LinkReference, hardwareAddress: string, remote: Address): void
  deleteFdbEntry(link: LinkReference, hardwareAddress: string, remote: Address): void
}

export const neighbourMethods = (
  socket: NetlinkSocket,
  linkIndex: (link: LinkReference) => number,
): NeighbourMethods => ({
  neighbours: (family) => socket.dump(dumpNeighboursMessage(family), tryNeighbourRecord, 'cannot read the neighbours'),
  setNeighbour: (link, address, hardwareAddress, protocol) =>
    socket.request(
      setNeighbourMessage({ index: linkIndex(link), address, hardwareAddress, protocol }),
      `cannot set neighbour ${formatAddress(address)} on ${link}`,
    ),
  deleteNeighbour: (link, address) =>
    socket.request(
      deleteNeighbourMessage({ index: linkIndex(link), address }),
      `cannot delete neighbour ${formatAddress(address)} on ${link}`,
    ),
  fdb: (link) =>
    socket.dump(
      dumpForwardingMessage(linkIndex(link)),
      tryNeighbourRecord,
      `cannot read the forwarding entries of ${link}`,
    ),
  setFdbEntry: (link, hardwareAddress, remote) =>
    socket.request(
      setFdbEntryMessage({ index: linkIndex(link), hardwareAddress, remote }),
      `cannot set forwarding entry ${hardwareAddress} on ${link}`,
    ),
  deleteFdbEntry: (link, hardwareAddress, remote) =>
    socket.request(
      deleteFdbEntryMessage({ index: linkIndex(link), hardwareAddress, remote }),
      `cannot delete forwarding entry ${hardwareAddress} on ${link}`,
    ),
})
