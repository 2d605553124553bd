// A network namespace in memory: how Linux makes things, refuses them, and takes them away.
import {
  type Change,
  type Entry,
  equalAddresses,
  formatPrefix,
  keyOf,
  type LinkType,
  type Prefix,
  type WireguardPeer,
} from '../model/index.ts'
import { isLocal, type MemoryNamespace, refusal, refusalOf, refusalOfLink } from './memory-refusal.ts'

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
    if (entry.kind === 'link' && entry.isDown) collapse(namespace)
  }
}

function writeSysctl({ sysctls, standing }: MemoryNamespace, op: Change['op'], key: string, value: string): void {
  if (op === 'delete') return
  if (readSysctl({ sysctls, standing }, key) === undefined) throw refusal('ENOENT', 'this kernel has no such setting')
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
  if (before !== undefined && before.isOurs !== isOurs && isOurs) throw refusal('EEXIST', 'it is of another program')
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

function isSameType(a: LinkType, b: LinkType): boolean {
  if (a.kind === 'vxlan' && b.kind === 'vxlan')
    return a.networkIdentifier === b.networkIdentifier && a.port === b.port && equalAddresses(a.local, b.local)
  if (a.kind === 'ipip' && b.kind === 'ipip') return a.mark === b.mark && equalAddresses(a.local, b.local)
  return a.kind === b.kind
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
  if (entry.kind === 'address' && entry.address.family === 4) forgetRoutesOver(namespace, entry.link)
  if (['link', 'address', 'next-hop', 'next-hop-group'].includes(entry.kind)) collapse(namespace)
}

/** With the last IPv4 address of a device go the IPv4 routes over it: net/ipv4/fib_frontend.c, fib_inetaddr_event(). */
function forgetRoutesOver({ standing, hostAddresses }: MemoryNamespace, link: string): void {
  if (hostAddresses.get(link)?.some(({ address }) => address.family === 4)) return
  const entries = [...standing].map(([key, { entry }]) => ({ key, entry }))
  if (entries.some(({ entry }) => entry.kind === 'address' && entry.link === link && entry.address.family === 4)) return
  for (const { key, entry } of entries) {
    if (entry.kind !== 'route' || entry.to.family === 6) continue
    const { target } = entry
    const isOver =
      target.kind === 'link'
        ? target.link === link
        : target.kind === 'via' && target.hops.some((hop) => hop.link === link)
    if (isOver) standing.delete(key)
  }
}

/** Takes away what has lost what it rests on, and what rested on that. */
function collapse(namespace: MemoryNamespace): void {
  const { standing } = namespace
  let hasChanged = false
  for (const [key, { entry, isOurs }] of standing) {
    const rest = whatIsLeft(namespace, entry)
    if (rest === entry) continue
    hasChanged = true
    if (rest === undefined) standing.delete(key)
    else standing.set(key, { entry: rest, isOurs })
  }
  if (hasChanged) collapse(namespace)
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
  const hops = entry.target.hops.filter(({ link }) => refusalOfLink(namespace, link, 'up') === undefined)
  return hops.length === 0 ? undefined : { ...kept, target: { kind: 'via', hops } }
}
