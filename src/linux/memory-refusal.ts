// What a namespace in memory holds, and why Linux would not let an entry stand in it.
import {
  type Address,
  containsAddress,
  type Entry,
  equalAddresses,
  formatPrefix,
  type HostLink,
  prefixOf,
  type Route,
} from '../model/index.ts'

/** An entry, and whether it carries our marks. */
export type Standing = { readonly entry: Entry; readonly isOurs: boolean }

export type MemoryNamespace = {
  /** By key; links, ours and others', among them. Sysctls are apart. */
  readonly standing: Map<string, Standing>
  /** Addresses of the host's own links: they have a prefix length, which entries do not. */
  readonly hostAddresses: Map<string, HostLink['addresses']>
  readonly sysctls: Map<string, string>
}

/** What the kernel says when it does not do as asked. */
export type Refusal = Error & { readonly code: string }

export const refusal = (code: string, said: string): Refusal => Object.assign(new Error(`${code} - ${said}`), { code })

/** Why the entry cannot stand, or undefined. What cannot stand any more is taken away. */
export function refusalOf(namespace: MemoryNamespace, entry: Entry): Refusal | undefined {
  const { standing } = namespace
  switch (entry.kind) {
    case 'neighbour':
    case 'next-hop':
      return refusalOfLink(namespace, entry.link, 'up')
    case 'address':
      // net/ipv6/addrconf.c forgets addresses once a device goes down, unless keep_addr_on_down says otherwise.
      return refusalOfLink(namespace, entry.link, entry.address.family === 6 ? 'up' : 'there')
    case 'wireguard-device':
    case 'wireguard-peer':
    case 'fdb':
      return refusalOfLink(namespace, entry.link, 'there')
    case 'next-hop-group':
      return entry.members.length > 0 && entry.members.every((id) => standing.has(`next-hop ${id}`))
        ? undefined
        : refusal('EINVAL', 'invalid nexthop id')
    case 'route':
      return refusalOfRoute(namespace, entry)
    default:
      return undefined
  }
}

export function refusalOfLink(
  { standing }: MemoryNamespace,
  name: string,
  needed: 'there' | 'up',
): Refusal | undefined {
  const link = standing.get(`link ${name}`)?.entry
  if (link?.kind !== 'link') return refusal('ENODEV', `there is no device ${name}`)
  return needed === 'up' && link.isDown ? refusal('ENETDOWN', `device ${name} is down`) : undefined
}

function refusalOfRoute(namespace: MemoryNamespace, { target, source, to }: Route): Refusal | undefined {
  const { standing } = namespace
  const links =
    target.kind === 'link' ? [target.link] : target.kind === 'via' ? target.hops.map(({ link }) => link) : []
  const missing = links.map((link) => refusalOfLink(namespace, link, 'up')).find((reason) => reason !== undefined)
  if (missing !== undefined) return missing
  if (target.kind === 'next-hop-object') {
    const exists = standing.has(`next-hop ${target.id}`) || standing.has(`next-hop-group ${target.id}`)
    if (!exists) return refusal('EINVAL', 'nexthop id does not exist')
  }
  if (
    target.kind === 'via' &&
    !target.hops.every(({ via, link, onlink }) => onlink || isOnLink(namespace, link, via))
  ) {
    return refusal('ENETUNREACH', 'nexthop has invalid gateway')
  }
  if (source === 'gateway-address') return refusal('EINVAL', 'read the state through entriesOf')
  // IPv6 only forgets the source once its address goes: `place` and `remove` see to that.
  if (source !== undefined && !isLocal(namespace, source))
    return refusal('EINVAL', `invalid prefsrc in ${formatPrefix(to)}`)
  return undefined
}

/** A link-local gateway (fe80::/10) is on every link. */
const isOnLink = ({ hostAddresses }: MemoryNamespace, link: string, via: Address): boolean =>
  (via.family === 6 && via.w0 >>> 22 === 0xfe80 >>> 6) ||
  (hostAddresses.get(link) ?? []).some(({ address, length }) => containsAddress(prefixOf(address, length), via))

export function isLocal({ standing, hostAddresses }: MemoryNamespace, address: Address): boolean {
  for (const held of hostAddresses.values()) if (held.some((one) => equalAddresses(one.address, address))) return true
  for (const { entry } of standing.values()) {
    if (entry.kind === 'address' && equalAddresses(entry.address, address)) return true
  }
  return false
}
