import { type Address, formatAddress } from '../address.ts'
import type { Because } from './because.ts'

/** An address on a device: always of full length (/32, /128), `noprefixroute`, and `nodad` for IPv6. */
export type InterfaceAddress = {
  readonly kind: 'address'
  readonly link: string
  readonly address: Address
  readonly because: readonly Because[]
}

export const interfaceAddress = (fields: Omit<InterfaceAddress, 'kind'>): InterfaceAddress => ({
  kind: 'address',
  ...fields,
})
export const interfaceAddressKey = (entry: Pick<InterfaceAddress, 'link' | 'address'>): string =>
  `address ${entry.link} ${formatAddress(entry.address)}`
