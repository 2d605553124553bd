// One entry of a NodeState in one line, as the tools that list it would say it.
import { type Entry, formatEndpoint, formatPrefix } from '../model/index.ts'
import { formatMark, formatSysctlKey } from './kernel-names.ts'
import { formatFdbEntry, formatInterfaceAddress, formatLink, formatNeighbour } from './link-text.ts'
import { formatNextHop, formatNextHopGroup } from './next-hop-text.ts'
import { formatRoute, type NextHopObjects } from './route-text.ts'
import { formatRule } from './rule-text.ts'

/** How many allowed IPs of a peer are spelled out before the rest is only counted. */
const SPELLED_OUT = 3

/** `objects`: the next hops of the same node, which routes name by id. A source that is every node's own is left out. */
export function renderEntry(entry: Entry, objects: NextHopObjects): string {
  switch (entry.kind) {
    case 'link':
      return formatLink(entry)
    case 'address':
      return formatInterfaceAddress(entry)
    case 'rule':
      return formatRule(entry).replace('\t', ' ')
    case 'route':
      return `${formatRoute(entry, objects).replace(/\n\t/g, ' ')} table ${entry.table}`
    case 'next-hop':
      return `nexthop ${formatNextHop(entry)}`
    case 'next-hop-group':
      return `nexthop ${formatNextHopGroup(entry)}`
    case 'neighbour':
      return `neighbour ${formatNeighbour(entry)}`
    case 'fdb':
      return `fdb ${formatFdbEntry(entry)}`
    case 'filter-table':
      return `table inet ${entry.name}`
    case 'sysctl':
      return `${formatSysctlKey(entry.key)} = ${entry.value}`
    case 'wireguard-device':
      return `${entry.link} public-key ${entry.publicKey} listen-port ${entry.listenPort} fwmark ${formatMark(entry.mark)}`
    case 'wireguard-peer':
      return [
        `${entry.link} peer ${entry.publicKey}`,
        ...(entry.endpoint === undefined ? [] : [`endpoint ${formatEndpoint(entry.endpoint)}`]),
        ...(entry.keepaliveSeconds === 0 ? [] : [`persistent-keepalive ${entry.keepaliveSeconds}`]),
        allowedIpsText(entry.allowedIps.map(formatPrefix)),
      ].join(' ')
  }
}

function allowedIpsText(prefixes: readonly string[]): string {
  if (prefixes.length === 0) return 'allowed-ips (none)'
  const rest = prefixes.length - SPELLED_OUT
  return `allowed-ips ${prefixes.slice(0, SPELLED_OUT).join(',')}${rest > 0 ? ` and ${rest} more` : ''}`
}
