import {
  type FdbEntry,
  formatAddress,
  type InterfaceAddress,
  IPIP_TTL,
  LINK_GROUP,
  type Link,
  type LinkType,
  type Neighbour,
  PROTOCOL,
} from '../model/index.ts'
import { formatMark, isLinkLocal } from './kernel-names.ts'

/** The words of `ip -o -d link` that are ours to choose. */
export function formatLink({ name, type, mtuBytes, hardwareAddress }: Link): string {
  const words = [`${name}: <UP> mtu ${mtuBytes} group ${LINK_GROUP}`]
  if (hardwareAddress !== undefined) words.push(`link/ether ${hardwareAddress}`)
  words.push(formatLinkType(type), 'addrgenmode none')
  return words.join(' ')
}

function formatLinkType(type: LinkType): string {
  if (type.kind === 'ipip')
    return `ipip remote any local ${formatAddress(type.local)} ttl ${IPIP_TTL} pmtudisc fwmark ${formatMark(type.mark)}`
  if (type.kind !== 'vxlan') return type.kind
  const { networkIdentifier, local, port } = type
  return `vxlan id ${networkIdentifier} local ${formatAddress(local)} dstport ${port} nolearning`
}

/** A line of `ip -o address` without index and lifetimes. */
export function formatInterfaceAddress({ link, address }: InterfaceAddress): string {
  if (address.family === 4) return `${link} inet ${formatAddress(address)}/32 scope global noprefixroute`
  const scope = isLinkLocal(address) ? 'link' : 'global'
  return `${link} inet6 ${formatAddress(address)}/128 scope ${scope} nodad noprefixroute`
}

/** A line of `ip neigh`. */
export const formatNeighbour = ({ address, link, hardwareAddress }: Neighbour): string =>
  `${formatAddress(address)} dev ${link} lladdr ${hardwareAddress} PERMANENT proto ${PROTOCOL}`

/** A line of `bridge fdb`. */
export const formatFdbEntry = ({ hardwareAddress, link, remote }: FdbEntry): string =>
  `${hardwareAddress} dev ${link} dst ${formatAddress(remote)} self permanent`
