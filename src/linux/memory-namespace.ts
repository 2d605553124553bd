// A network namespace in memory: what stands in it, and the rules by which Linux makes, refuses and takes away.
import {
  type Address,
  type Change,
  containsAddress,
  type Entry,
  equalAddresses,
  formatPrefix,
  type HostLink,
  keyOf,
  type LinkType,
  type Prefix,
  prefixOf,
  type Route,
  type WireguardPeer,
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

/** Makes one change as one of two: us, whose objects carry our marks, or another program. Throws a `Refusal`. */
export function makeChange(namespace: MemoryNamespace, change: Change, isOurs: boolean): void {
  const { op, entry } = change
  if (entry.kind === 'sysctl') writeSysctl(namespace, op, entry.key, entry.value)
  else if (op === 'delete') remove(namespace, entry, isOurs)
  else {
    refuseWhatStands(namespace, change, isOurs)
    const reason = refusalOf(namespace, entry)
    if (reason !== undefined) throw reason
    place(namespace, entry, isOurs)
  }
}

function writeSysctl({ sysctls, standing }: MemoryNamespace, op: Change['op'], key: string, value: string): void {
  if (op === 'delete') return
  if (readSysctl({ sysctls, standing }, key) === undefined)
    throw refusal('ENOENT', 'this kernel has no such setting')
  sysctls.set(key, value)
}

/** Every link has every setting of its own; of others those exist that were named at the start. */
export function readSysctl(
  { sysctls, standing }: Pick<MemoryNamespace, 'sysctls' | 'standing'>,
  key: string,
): string | undefined {
  const link = /^net\/ipv[46]\/conf\/([^/]+)\//.exec(key)?.[1]
  const exists = link !== undefined && (link === 'all' || link === 'default' || standing.has(`link ${link}`))
  return sysctls.get(key) ?? (exists ? '0' : undefined)
}

function refuseWhatStands({ standing }: MemoryNamespace, { op, entry }: Change, isOurs: boolean): void {
  const before = standing.get(keyOf(entry))
  if (op === 'create' && before !== undefined && !isSetInPlace(entry)) throw refusal('EEXIST', 'it exists already')
  if (before !== undefined && before.isOurs !== isOurs && isOurs)
    throw refusal('EEXIST', 'it is of another program')
  if (entry.kind === 'link' && op === 'update') {
    if (before?.entry.kind !== 'link') throw refusal('ENODEV', 'there is no such device')
    if (!isSameType(entry.type, before.entry.type)) throw refusal('EOPNOTSUPP', 'a device cannot change its type')
  }
  const twin = entry.kind === 'next-hop' ? 'next-hop-group' : entry.kind === 'next-hop-group' ? 'next-hop' : undefined
  if (twin === undefined || !('id' in entry) || !standing.has(`${twin} ${entry.id}`)) return
  if (op === 'create') throw refusal('EEXIST', 'the id is in use')
  throw refusal('EINVAL', 'can not replace a next hop by a group, nor a group by a next hop')
}

/** Netlink sets these whether they are there or not. */
const isSetInPlace = ({ kind }: Entry): boolean =>
  ['neighbour', 'fdb', 'filter-table', 'wireguard-device', 'wireguard-peer'].includes(kind)

const isSameType = (a: LinkType, b: LinkType): boolean =>
  a.kind === 'vxlan' && b.kind === 'vxlan'
    ? a.networkIdentifier === b.networkIdentifier && a.port === b.port && equalAddresses(a.local, b.local)
    : a.kind === b.kind

/** Why the entry cannot stand, or undefined. What cannot stand any more is taken away. */
function refusalOf(namespace: MemoryNamespace, entry: Entry): Refusal | undefined {
  const { standing } = namespace
  const has = (kind: string, name: string | number): boolean => standing.has(`${kind} ${name}`)
  switch (entry.kind) {
    case 'address':
    case 'neighbour':
    case 'next-hop':
    case 'wireguard-device':
    case 'wireguard-peer':
    case 'fdb':
      return has('link', entry.link) ? undefined : refusal('ENODEV', `there is no device ${entry.link}`)
    case 'next-hop-group':
      return entry.members.length > 0 && entry.members.every((id) => has('next-hop', id))
        ? undefined
        : refusal('EINVAL', 'invalid nexthop id')
    case 'route':
      return refusalOfRoute(namespace, entry)
    default:
      return undefined
  }
}

function refusalOfRoute(namespace: MemoryNamespace, { target, source, to }: Route): Refusal | undefined {
  const { standing } = namespace
  const links =
    target.kind === 'link' ? [target.link] : target.kind === 'via' ? target.hops.map(({ link }) => link) : []
  const missing = links.find((link) => !standing.has(`link ${link}`))
  if (missing !== undefined) return refusal('ENODEV', `there is no device ${missing}`)
  if (target.kind === 'next-hop-object') {
    const exists = standing.has(`next-hop ${target.id}`) || standing.has(`next-hop-group ${target.id}`)
    if (!exists) return refusal('EINVAL', 'nexthop id does not exist')
  }
  if (target.kind === 'via' && !target.hops.every(({ via, link }) => isOnLink(namespace, link, via))) {
    return refusal('ENETUNREACH', 'nexthop has invalid gateway')
  }
  if (source === 'gateway-address') return refusal('EINVAL', 'read the state through entriesOf')
  // IPv6 only forgets the source once its address goes: `place` and `remove` see to that.
  if (source !== undefined && !isLocal(namespace, source))
    return refusal('EINVAL', `invalid prefsrc in ${formatPrefix(to)}`)
  return undefined
}

const isOnLink = ({ hostAddresses }: MemoryNamespace, link: string, via: Address): boolean =>
  (hostAddresses.get(link) ?? []).some(({ address, length }) => containsAddress(prefixOf(address, length), via))

function isLocal({ standing, hostAddresses }: MemoryNamespace, address: Address): boolean {
  for (const held of hostAddresses.values()) if (held.some((one) => equalAddresses(one.address, address))) return true
  for (const { entry } of standing.values()) {
    if (entry.kind === 'address' && equalAddresses(entry.address, address)) return true
  }
  return false
}

function place(namespace: MemoryNamespace, entry: Entry, isByUs: boolean): void {
  const { standing } = namespace
  const key = keyOf(entry)
  const { entry: before, isOurs } = standing.get(key) ?? { entry: undefined, isOurs: isByUs }
  const bare: Entry = { ...entry, because: [] }
  if (bare.kind === 'wireguard-peer') {
    const endpoint = bare.endpoint ?? (before?.kind === 'wireguard-peer' ? before.endpoint : undefined)
    standing.set(key, { entry: { ...bare, ...(endpoint && { endpoint }) }, isOurs })
    takeFromOtherPeers(namespace, bare)
  } else if (bare.kind === 'link') {
    const hardwareAddress = bare.hardwareAddress ?? (before?.kind === 'link' ? before.hardwareAddress : undefined)
    standing.set(key, {
      entry: { ...bare, hardwareAddress: hardwareAddress ?? nextHardwareAddress(namespace) },
      isOurs,
    })
  } else standing.set(key, { entry: bare, isOurs })
}

const nextHardwareAddress = ({ standing }: MemoryNamespace): string =>
  `02:00:00:00:${(standing.size >> 8).toString(16).padStart(2, '0')}:${(standing.size & 0xff).toString(16).padStart(2, '0')}`

/** A prefix belongs to one peer of a device: WireGuard moves it without a word. */
function takeFromOtherPeers({ standing }: MemoryNamespace, { link, publicKey, allowedIps }: WireguardPeer): void {
  const given = new Set(allowedIps.map(formatPrefix))
  const isKept = (prefix: Prefix): boolean => !given.has(formatPrefix(prefix))
  for (const [key, { entry, isOurs }] of standing) {
    if (entry.kind !== 'wireguard-peer' || entry.link !== link || entry.publicKey === publicKey) continue
    if (!entry.allowedIps.every(isKept))
      standing.set(key, { entry: { ...entry, allowedIps: entry.allowedIps.filter(isKept) }, isOurs })
  }
}

function remove(namespace: MemoryNamespace, entry: Entry, isOurs: boolean): void {
  const { standing, sysctls, hostAddresses } = namespace
  const key = keyOf(entry)
  const before = standing.get(key)
  if (before === undefined || (isOurs && !before.isOurs)) throw refusal('ENOENT', 'there is no such thing of ours')
  standing.delete(key)
  if (entry.kind === 'link') {
    hostAddresses.delete(entry.name)
    for (const setting of sysctls.keys()) if (setting.includes(`/conf/${entry.name}/`)) sysctls.delete(setting)
  }
  if (['link', 'address', 'next-hop', 'next-hop-group'].includes(entry.kind)) while (collapseOnce(namespace)) {}
}

/** Takes away what has lost what it rests on; true where that may have cost others theirs. */
function collapseOnce(namespace: MemoryNamespace): boolean {
  const { standing } = namespace
  let hasChanged = false
  for (const [key, { entry, isOurs }] of standing) {
    const rest = whatIsLeft(namespace, entry)
    if (rest === entry) continue
    hasChanged = true
    if (rest === undefined) standing.delete(key)
    else standing.set(key, { entry: rest, isOurs })
  }
  return hasChanged
}

function whatIsLeft(namespace: MemoryNamespace, entry: Entry): Entry | undefined {
  if (refusalOf(namespace, entry) === undefined) return entry
  const shrunk = shrink(namespace, entry)
  return shrunk !== undefined && refusalOf(namespace, shrunk) === undefined ? shrunk : undefined
}

/** A group without the members that are gone; an IPv6 route without the hops and the source that are. IPv4 goes whole. */
function shrink(namespace: MemoryNamespace, entry: Entry): Entry | undefined {
  const { standing } = namespace
  if (entry.kind === 'next-hop-group')
    return { ...entry, members: entry.members.filter((id) => standing.has(`next-hop ${id}`)) }
  if (entry.kind !== 'route' || entry.to.family === 4) return undefined
  const { source, ...route } = entry
  const isKept = source !== undefined && source !== 'gateway-address' && isLocal(namespace, source)
  const kept = isKept ? entry : route
  if (entry.target.kind !== 'via') return kept
  const hops = entry.target.hops.filter(({ link }) => standing.has(`link ${link}`))
  return hops.length === 0 ? undefined : { ...kept, target: { kind: 'via', hops } }
}
