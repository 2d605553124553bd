// Whether an address is one that machines anywhere can reach, as far as the address itself says so.
import type { Address } from './address.ts'
import { containsAddress, parsePrefix } from './prefix.ts'

/** Those that are routed in no internet: RFC 1122, 1918, 3927, 6333, 6598, 2544, 5771, 1112. Documentation's are as good as public. */
const NOT_PUBLIC_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
].map(parsePrefix)

/** Global unicast (RFC 4291). */
const PUBLIC_V6 = parsePrefix('2000::/3')

export const isPublicAddress = (address: Address): boolean =>
  address.family === 6
    ? containsAddress(PUBLIC_V6, address)
    : !NOT_PUBLIC_V4.some((prefix) => containsAddress(prefix, address))
