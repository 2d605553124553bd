// Addresses of ours on links of others, where the kernel keeps no IFA_PROTO (before linux 5.18): nothing on them says whose they
// are. Those that were wanted and stand are remembered for as long as the kernel is open; else every round would make them again.
import { FAMILY_BITS, type InterfaceAddress, interfaceAddressKey } from '../model/index.ts'
import type { AddressRecord } from './rtnetlink/address-message.ts'
import type { Rtnetlink } from './rtnetlink.ts'

export type UnmarkedAddresses = {
  /** It was made, or stands already. */
  add(entry: InterfaceAddress): void
  delete(entry: InterfaceAddress): void
  /** Whether an address without a protocol is the one that was wanted there. */
  has(record: AddressRecord, link: string): boolean
  /**
   * Asked when the kernel says EEXIST: whether just the wanted address stands, as an agent before us made it, and no
   * address of this kernel has a protocol. Nothing is left to do then.
   */
  stands(entry: InterfaceAddress): boolean
}

export function rememberUnmarkedAddresses(rtnetlink: Pick<Rtnetlink, 'addresses' | 'linkIndex'>): UnmarkedAddresses {
  const remembered = new Set<string>()
  return {
    add: (entry) => void remembered.add(interfaceAddressKey(entry)),
    delete: (entry) => void remembered.delete(interfaceAddressKey(entry)),
    has: ({ address, protocol }, link) => protocol === 0 && remembered.has(interfaceAddressKey({ link, address })),
    stands(entry) {
      const addresses = rtnetlink.addresses()
      if (addresses.some(({ protocol }) => protocol !== 0)) return false
      const index = rtnetlink.linkIndex(entry.link)
      const key = interfaceAddressKey(entry)
      return addresses.some(
        ({ address, length, ...record }) =>
          record.index === index &&
          record.isPermanent &&
          length === FAMILY_BITS[address.family] &&
          interfaceAddressKey({ link: entry.link, address }) === key,
      )
    },
  }
}
