import { type Address, formatAddress } from '../../model/index.ts'
import type { NetlinkSocket } from '../netlink/socket.ts'
import { type AddressRecord, addAddressMessage, dumpAddressesMessage, tryAddressRecord } from './address-message.ts'
import type { LinkReference } from './link-request.ts'

type AddressOptions = {
  /** IFA_PROTO, kept from linux 5.18 on. */
  readonly protocol?: number | undefined
  /** Do not add the route to the address's subnet. */
  readonly noPrefixRoute?: boolean | undefined
}

export type AddressMethods = {
  /** Of all links, those of the kernel's own making too. */
  addresses(): AddressRecord[]
  /** IPv6 addresses come without duplicate address detection. EEXIST where it stands already. */
  addAddress(link: LinkReference, address: Address, length: number, options?: AddressOptions): void
}

export const addressMethods = (socket: NetlinkSocket, linkIndex: (link: LinkReference) => number): AddressMethods => ({
  addresses: () => socket.dump(dumpAddressesMessage, tryAddressRecord, 'cannot read the addresses'),
  addAddress: (link, address, length, options) =>
    socket.request(
      addAddressMessage({ index: linkIndex(link), address, length, ...options }),
      `cannot add ${formatAddress(address)}/${length} to ${link}`,
    ),
})
