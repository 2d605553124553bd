// Small words by which iproute2 names what the kernel numbers.
import { type Address, FAMILY_BITS, formatAddress, formatPrefix, MAIN_TABLE, type Prefix } from '../model/index.ts'

/** `main` for 254 (/etc/iproute2/rt_tables); others stand as numbers. */
export const formatTable = (table: number): string => (table === MAIN_TABLE ? 'main' : String(table))

/** `10.42.1.0/24`, `default`; one address stands without its length. */
export function formatDestination(to: Prefix): string {
  if (to.length === 0) return 'default'
  return formatHostOrPrefix(to)
}

export const formatHostOrPrefix = (prefix: Prefix): string =>
  prefix.length === FAMILY_BITS[prefix.family] ? formatAddress(prefix) : formatPrefix(prefix)

/** `0x1000` */
export const formatMark = (mark: number): string => `0x${mark.toString(16)}`

/** fe80::/10, RFC 4291 */
export const isLinkLocal = (address: Address): boolean => address.family === 6 && address.w0 >>> 22 === 0x3fa

/** A path under /proc/sys as sysctl(8) names it: dots for slashes, and the dots of a link's name for slashes. */
export const formatSysctlKey = (path: string): string => path.replace(/[./]/g, (sign) => (sign === '/' ? '.' : '/'))
