// Addresses of a subnet that no machine may have.
import { type Address, equalAddresses, FAMILY_BITS } from '../address.ts'
import { lastAddress, type Prefix } from '../prefix.ts'

/** What else the address is to its subnet; undefined where it may be a machine's. */
export function reservedAs(subnet: Prefix, address: Address): string | undefined {
  // Two addresses or one are all for machines: RFC 3021, RFC 6164.
  if (subnet.length >= FAMILY_BITS[subnet.family] - 1) return undefined
  if (equalAddresses(subnet, address))
    return subnet.family === 4 ? 'the network address' : "the routers' anycast address (RFC 4291)"
  return subnet.family === 4 && equalAddresses(lastAddress(subnet), address) ? 'the broadcast address' : undefined
}
