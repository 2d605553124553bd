// The commands of iproute2 6.1, sysctl and wg that make one entry of a NodeState.
import {
  compareAddresses,
  type Family,
  type FdbEntry,
  formatAddress,
  formatEndpoint,
  formatPrefix,
  type InterfaceAddress,
  IPIP_TTL,
  LINK_GROUP,
  type Link,
  type Neighbour,
  type NextHop,
  type NextHopGroup,
  PROTOCOL,
  type Route,
  type Rule,
  type Sysctl,
  tryPublicKey,
  type WireguardDevice,
  type WireguardPeer,
} from '../model/index.ts'
import { formatDestination, formatMark, formatTable } from './kernel-names.ts'
import { quoteWord } from './shell-words.ts'

/** Slashes, because the name of a link may hold dots. */
export const sysctlCommand = ({ key, value }: Sysctl): string => `sysctl -q -w ${quoteWord(`${key}=${value}`)}`

/** Makes a link, closed to addresses of its own making before it is up: later is too late for fe80::/64. */
export function linkCommands(link: Link): string[] {
  const name = quoteWord(link.name)
  return [
    ...creations(link, name),
    `ip link set ${name} group ${LINK_GROUP} mtu ${link.mtuBytes} addrgenmode none`,
    `ip link set ${name} up`,
  ]
}

function creations({ type, hardwareAddress }: Link, name: string): string[] {
  const add = `ip link add ${name}${hardwareAddress === undefined ? '' : ` address ${hardwareAddress}`} type`
  switch (type.kind) {
    case 'dummy':
      return [`${add} dummy 2>/dev/null || ${add} bridge`]
    case 'wireguard':
      // wireguard-go goes on in the background and sets an MTU of its own; only once it answers has it done so.
      return [`${add} wireguard 2>/dev/null || { wireguard-go ${name} && wg show ${name} >/dev/null; }`]
    case 'vxlan': {
      const { networkIdentifier, port, local } = type
      return [`${add} vxlan id ${networkIdentifier} dstport ${port} local ${formatAddress(local)} nolearning`]
    }
    case 'ipip':
      return [
        `${add} ipip mode ipip local ${formatAddress(type.local)} ttl ${IPIP_TTL} pmtudisc fwmark ${formatMark(type.mark)}`,
      ]
    case 'veth':
      return []
  }
}

export function addressCommand({ link, address }: InterfaceAddress): string {
  const options = address.family === 4 ? 'noprefixroute' : 'noprefixroute nodad'
  const length = address.family === 4 ? 32 : 128
  return `${ip(address.family)} address add ${formatAddress(address)}/${length} dev ${quoteWord(link)} ${options}`
}

export function ruleCommand({
  family,
  preference,
  table,
  withoutMark,
  suppressPrefixLength,
  ownUdpPort,
  ownTo,
}: Rule): string {
  const words = [ip(family), 'rule add pref', preference]
  if (withoutMark !== undefined) words.push(`not fwmark ${formatMark(withoutMark)}/${formatMark(withoutMark)}`)
  if (ownTo !== undefined) words.push(`to ${formatPrefix(ownTo)}`)
  if (ownTo !== undefined || ownUdpPort !== undefined) words.push('iif lo')
  if (ownUdpPort !== undefined) words.push(`ipproto udp dport ${ownUdpPort}`)
  words.push('lookup', formatTable(table))
  if (suppressPrefixLength !== undefined) words.push(`suppress_prefixlength ${suppressPrefixLength}`)
  return [...words, 'protocol', PROTOCOL].join(' ')
}

/** The key stays in the file that `$KEY` names. */
export function wireguardDeviceCommand({ link, listenPort, mark }: WireguardDevice): string {
  const words = ['wg set', quoteWord(link), 'private-key "$KEY" listen-port', listenPort]
  if (mark !== 0) words.push('fwmark', formatMark(mark))
  return words.join(' ')
}

/** A peer without a key yet cannot be set: it stands as a comment. */
export function wireguardPeerCommand(peer: WireguardPeer): string {
  const { link, publicKey, allowedIps, endpoint, keepaliveSeconds } = peer
  const words = ['wg set', quoteWord(link), 'peer', publicKey]
  if (endpoint !== undefined) words.push('endpoint', formatEndpoint(endpoint))
  if (keepaliveSeconds !== 0) words.push('persistent-keepalive', String(keepaliveSeconds))
  if (allowedIps.length > 0) words.push('allowed-ips', allowedIps.map(formatPrefix).join(','))
  const command = words.join(' ')
  return tryPublicKey(publicKey) === undefined ? `# no key yet: ${command}` : command
}

export const neighbourCommand = ({ address, hardwareAddress, link }: Neighbour): string =>
  `${ip(address.family)} neigh add ${formatAddress(address)} lladdr ${hardwareAddress} dev ${quoteWord(link)} nud permanent protocol ${PROTOCOL}`

export const fdbCommand = ({ hardwareAddress, link, remote }: FdbEntry): string =>
  `bridge fdb add ${hardwareAddress} dev ${quoteWord(link)} dst ${formatAddress(remote)} self permanent`

/** Of family AF_INET6 also where it has no address, so that it serves routes of both families. */
export function nextHopCommand({ id, link, via }: NextHop): string {
  const hop = via === undefined ? '' : `via ${formatAddress(via)} `
  return `ip -6 nexthop add id ${id} ${hop}dev ${quoteWord(link)} protocol ${PROTOCOL}`
}

export const nextHopGroupCommand = ({ id, members }: NextHopGroup): string =>
  `ip nexthop add id ${id} group ${members.join('/')} protocol ${PROTOCOL}`

export function routeCommand(route: Route): string {
  const { to, target, table, source } = route
  const type = target.kind === 'unreachable' || target.kind === 'throw' ? [target.kind] : []
  const from = typeof source === 'object' ? ['src', formatAddress(source)] : []
  const words = [...type, formatDestination(to), 'table', table, 'protocol', PROTOCOL, ...from, ...hops(route)]
  return [ip(to.family), 'route add', ...words].join(' ')
}

function hops({ target, to }: Route): string[] {
  switch (target.kind) {
    case 'unreachable':
    case 'throw':
      return []
    case 'link':
      return ['dev', quoteWord(target.link)]
    case 'next-hop-object':
      return ['nhid', String(target.id)]
    case 'via': {
      const each = target.hops
        .toSorted((a, b) => compareAddresses(a.via, b.via))
        .map(({ via, link, onlink }) => {
          const family = via.family === to.family ? '' : 'inet6 '
          return `via ${family}${formatAddress(via)} dev ${quoteWord(link)}${onlink ? ' onlink' : ''}`
        })
      return each.length === 1 ? each : each.map((hop) => `nexthop ${hop}`)
    }
  }
}

const ip = (family: Family): string => (family === 4 ? 'ip' : 'ip -6')
