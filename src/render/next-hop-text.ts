import { type Family, formatAddress, type NextHop, type NextHopGroup, PROTOCOL } from '../model/index.ts'

/** A line of `ip nexthop`. */
export const formatNextHop = (hop: NextHop): string => `id ${hop.id} ${formatHop(hop, 6)} scope link proto ${PROTOCOL}`

/** A line of `ip nexthop`. */
export const formatNextHopGroup = ({ id, members }: NextHopGroup): string =>
  `id ${id} group ${members.join('/')} proto ${PROTOCOL}`

/** `via fe80::11 dev damask-vx`, or `via inet6 …` in a route of IPv4; `dev damask-t1` without an address. */
export function formatHop({ via, link }: Pick<NextHop, 'via' | 'link'>, family: Family): string {
  if (via === undefined) return `dev ${link}`
  return `via ${via.family === family ? '' : 'inet6 '}${formatAddress(via)} dev ${link}`
}
