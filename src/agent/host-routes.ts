// The routes by which packets leave this machine, as far as /proc lists them: IPv4 of the main table, IPv6 of all. Refusals, which
// stand there too, and routes over links of ours are left out.
import { addressOfBytes, LINK_PREFIX, POD_LINK_PREFIX, type Prefix, prefixOf } from '../model/index.ts'

export type HostRoute = { readonly to: Prefix; readonly link: string }

/** RTF_REJECT, linux/route.h: unreachable, blackhole, throw. */
const REJECT = 0x200

/** `ipv4`, `ipv6`: the contents of /proc/net/route and /proc/net/ipv6_route. */
export const parseHostRoutes = ({
  ipv4,
  ipv6,
}: {
  readonly ipv4: string
  readonly ipv6: string
}): readonly HostRoute[] => [
  // Link, destination, gateway, flags, three counters, mask, …; numbers in the order of this machine, which is little-endian.
  ...linesOf(ipv4).flatMap(([link = '', to = '', , flags, , , , mask = '']) =>
    isLeft(link, flags) ? [] : routeTo(Buffer.from(to, 'hex').reverse(), onesIn(mask), link),
  ),
  // Destination, its length, source, its length, gateway, metric, two counters, flags, link.
  ...linesOf(ipv6).flatMap(([to = '', length = '', , , , , , , flags, link = '']) =>
    isLeft(link, flags) ? [] : routeTo(Buffer.from(to, 'hex'), Number.parseInt(length, 16), link),
  ),
]

const linesOf = (table: string): string[][] => table.split('\n').map((line) => line.trim().split(/\s+/))

const isLeft = (link: string, flags = ''): boolean =>
  link.startsWith(LINK_PREFIX) || link.startsWith(POD_LINK_PREFIX) || (Number.parseInt(flags, 16) & REJECT) !== 0

/** Nothing for what is no address: a head line. */
const routeTo = (bytes: Uint8Array, length: number, link: string): HostRoute[] =>
  bytes.length === 4 || bytes.length === 16 ? [{ to: prefixOf(addressOfBytes(bytes), length), link }] : []

const onesIn = (mask: string): number => [...Number.parseInt(mask, 16).toString(2)].filter((bit) => bit === '1').length
