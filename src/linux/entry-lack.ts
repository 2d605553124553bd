// What the kernel lacks where it refuses an entry, and what to do.
import type { Entry, Link } from '../model/index.ts'
import { missingModule, NO_IPV6 } from './kernel-lack.ts'

/** The modules of a packet filter's parts, each loaded when a rule first asks for it; nf_tables itself is there by then. */
const FILTER_MODULES = 'nft_chain_nat nft_ct nft_fib_inet nft_masq nft_nat'

/** Undefined: nothing says that the kernel lacks what the entry needs. */
export function lackOf(entry: Entry, code: string): string | undefined {
  if (entry.kind === 'link') return lackOfLink(entry.type.kind, code)
  if (entry.kind === 'filter-table' && (code === 'ENOENT' || code === 'EOPNOTSUPP'))
    return `this kernel lacks a part of nftables; \`modprobe -a ${FILTER_MODULES}\` loads what is there, and says which it is: install the kernel package that has it`
  const link = linkWithoutIpv6(entry, code)
  if (link !== undefined) return ipv6IsOffOn(link)
  if (!needsIpv6(entry)) return undefined
  return code === 'EAFNOSUPPORT' || code === 'EOPNOTSUPP' ? NO_IPV6 : undefined
}

/** Where the entry was refused because IPv6 is switched off on its link, by that link's setting. */
export const linkWithoutIpv6 = (entry: Entry, code: string): string | undefined =>
  code === 'EACCES' && needsIpv6(entry) ? linkOf(entry) : undefined

function needsIpv6(entry: Entry): boolean {
  switch (entry.kind) {
    case 'next-hop':
      return entry.via?.family !== 4 // without a gateway it is made for IPv6, and serves routes of both
    case 'rule':
      return entry.family === 6
    case 'address':
    case 'neighbour':
      return entry.address.family === 6
    case 'route':
      return entry.to.family === 6
    default:
      return false
  }
}

function linkOf(entry: Entry): string {
  if ('link' in entry) return entry.link
  const target = entry.kind === 'route' ? entry.target : undefined
  if (target?.kind === 'link') return target.link
  return (target?.kind === 'via' ? target.hops[0]?.link : undefined) ?? 'its link'
}

function lackOfLink(kind: Link['type']['kind'], code: string): string | undefined {
  // Both are looked for at every try.
  if (kind === 'wireguard' && code === 'ENOENT') return 'whichever is there first is taken, within half a minute'
  if (code !== 'EOPNOTSUPP') return undefined
  switch (kind) {
    case 'dummy':
      return missingModule('dummy devices and no bridges', 'dummy')
    case 'vxlan':
      return missingModule('VXLAN', 'vxlan', 'take fabric wireguard')
    case 'ipip':
      return missingModule('IPIP', 'ipip', 'take fabric vxlan')
    default:
      return undefined
  }
}

/** `disable_ipv6`, which careful administrators set for all links at once. */
const ipv6IsOffOn = (link: string): string =>
  `IPv6 is switched off on ${link}; switch it on (sysctl -w net.ipv6.conf.${link}.disable_ipv6=0)`
