import { type Address, type Family, formatAddress } from '../../model/index.ts'
import type { NetlinkSocket } from '../netlink/socket.ts'
import type { LinkReference } from './link-request.ts'
import {
  dumpForwardingMessage,
  dumpNeighboursMessage,
  type NeighbourRecord,
  setNeighbourMessage,
  tryNeighbourRecord,
} from './neighbour-message.ts'

export type NeighbourMethods = {
  /** All that the kernel knows, what it learned too. */
  neighbours(family: Family): NeighbourRecord[]
  /** Makes or replaces a permanent neighbour. */
  setNeighbour(link: LinkReference, address: Address, hardwareAddress: string, protocol?: number): void
  /** The forwarding entries of a vxlan device (or a bridge port). */
  fdb(link: LinkReference): NeighbourRecord[]
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
  fdb: (link) =>
    socket.dump(
      dumpForwardingMessage(linkIndex(link)),
      tryNeighbourRecord,
      `cannot read the forwarding entries of ${link}`,
    ),
})
