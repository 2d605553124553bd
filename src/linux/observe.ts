// What stands in a namespace that is ours, as entries of the model; and all links of the host.
import { setImmediate } from 'node:timers/promises'
import {
  type Address,
  type Entry,
  FAMILY_BITS,
  type FilterTable,
  fdbEntry,
  type HostLink,
  interfaceAddress,
  isOurNextHopId,
  neighbour,
  nextHop,
  nextHopGroup,
  type Observed,
  PROTOCOL,
  type Sysctl,
  sysctl,
} from '../model/index.ts'
import type { KeptReads } from './kept-reads.ts'
import type { NamespaceHandle } from './namespace.ts'
import { isOurLink, tryLinkEntry } from './observed-link.ts'
import { observeRoutes } from './observed-route.ts'
import { observeRules } from './observed-rule.ts'
import type { AddressRecord } from './rtnetlink/address-message.ts'
import type { LinkRecord } from './rtnetlink/link-message.ts'
import type { Rtnetlink } from './rtnetlink.ts'
import type { SeenLinks } from './seen-links.ts'
import { readSysctls } from './sysctl.ts'
import type { UnmarkedAddresses } from './unmarked-address.ts'

const NO_REASON = { because: [] } as const

export type Observing = {
  readonly namespace: NamespaceHandle | undefined
  readonly rtnetlink: Rtnetlink
  readonly unmarked: Pick<UnmarkedAddresses, 'has'>
  readonly seen: Pick<SeenLinks, 'see'>
  readonly kept: KeptReads
  readonly filter: { read(): Promise<FilterTable | undefined> }
  /** By the names of our WireGuard links. */
  readonly wireguard: { observe(links: readonly string[]): Promise<Pick<Observed, 'entries' | 'activity'>> }
}

type OurLinks = ReadonlyMap<number, LinkRecord>

export async function observeKernel(from: Observing, sysctlKeys: readonly string[]): Promise<Observed> {
  const { rtnetlink, namespace, unmarked, seen } = from
  const keptOf = from.kept.begin()
  const links = rtnetlink.links()
  seen.see(links)
  const addresses = rtnetlink.addresses()
  const names = new Map(links.map(({ index, name }) => [index, name]))
  const ours: OurLinks = new Map(links.filter(isOurLink).map((link) => [link.index, link]))
  const linkEntries = [...ours.values()].flatMap((link) => tryLinkEntry(link) ?? [])
  const entries: Entry[] = [...linkEntries, ...observeAddresses(addresses, { ours, names, unmarked })]
  // Of a node of many pods each of these takes milliseconds: others have their turn in between.
  const readers = [
    () => observeSysctls(namespace, sysctlKeys),
    () => observeRules(from),
    () => keptOf('neighbours', () => observeNeighbours(rtnetlink, ours)),
    () => keptOf('forwarding', () => observeForwarding(rtnetlink, ours)),
    () => keptOf('next hops', () => observeNextHops(rtnetlink, names)),
    () => keptOf('routes', () => observeRoutes(rtnetlink, names)),
  ]
  for (const read of readers) {
    await setImmediate()
    for (const entry of read()) entries.push(entry)
  }
  const wireguard = await from.wireguard.observe(
    linkEntries.filter(({ type }) => type.kind === 'wireguard').map(({ name }) => name),
  )
  const table = await from.filter.read()
  return {
    entries: [...entries, ...(table === undefined ? [] : [table]), ...wireguard.entries],
    activity: wireguard.activity,
    hostLinks: hostLinks(links, addresses),
  }
}

/** Those that do not exist are left out. */
export const observeSysctls = (namespace: NamespaceHandle | undefined, keys: readonly string[]): Sysctl[] =>
  [...readSysctls(namespace, keys)].map(([key, value]) => sysctl({ key, value, ...NO_REASON }))

/**
 * On our links all of full length; on others' links only what carries our mark (which no kernel before 5.18 keeps: there,
 * what is remembered). What the kernel makes by itself (fe80::…/64, ::1 on lo) is neither.
 */
function observeAddresses(
  addresses: readonly AddressRecord[],
  { ours, names, unmarked }: Pick<Observing, 'unmarked'> & { ours: OurLinks; names: ReadonlyMap<number, string> },
): Entry[] {
  return addresses.flatMap((record) => {
    const { index, address, length, isPermanent, protocol } = record
    const link = names.get(index)
    if (length !== FAMILY_BITS[address.family] || link === undefined) return []
    const isOurs = protocol === PROTOCOL || (ours.has(index) && isPermanent) || unmarked.has(record, link)
    if (!isOurs) return []
    return [interfaceAddress({ link, address, ...NO_REASON })]
  })
}

function observeNeighbours(rtnetlink: Rtnetlink, ours: OurLinks): Entry[] {
  return ([4, 6] as const).flatMap((family) =>
    rtnetlink.neighbours(family).flatMap(({ index, isPermanent, protocol, address, hardwareAddress }) => {
      const link = ours.get(index)?.name
      if (!isPermanent || protocol !== PROTOCOL || link === undefined) return []
      if (address === undefined || hardwareAddress === undefined) return []
      return [neighbour({ link, address, hardwareAddress, ...NO_REASON })]
    }),
  )
}

/** Forwarding entries have no protocol: the device being ours has to do. */
function observeForwarding(rtnetlink: Rtnetlink, ours: OurLinks): Entry[] {
  const devices = [...ours.values()].filter(({ kind }) => kind === 'vxlan')
  return devices.flatMap(({ index, name: link }) =>
    rtnetlink.fdb(index).flatMap(({ isPermanent, isOwn, address: remote, hardwareAddress }) => {
      if (!isPermanent || !isOwn || remote === undefined || hardwareAddress === undefined) return []
      return [fdbEntry({ link, hardwareAddress, remote, ...NO_REASON })]
    }),
  )
}

function observeNextHops(rtnetlink: Rtnetlink, names: ReadonlyMap<number, string>): Entry[] {
  return rtnetlink.nextHops().flatMap(({ id, protocol, members, index, via }): Entry[] => {
    if (protocol !== PROTOCOL || !isOurNextHopId(id)) return []
    if (members !== undefined) return [nextHopGroup({ id, members: members.toSorted((a, b) => a - b), ...NO_REASON })]
    return [nextHop({ id, link: names.get(index ?? 0) ?? '', ...(via !== undefined && { via }), ...NO_REASON })]
  })
}

function hostLinks(links: readonly LinkRecord[], addresses: readonly AddressRecord[]): HostLink[] {
  const byIndex = new Map<number, { readonly address: Address; readonly length: number }[]>()
  for (const { index, address, length } of addresses) {
    const list = byIndex.get(index) ?? []
    list.push({ address, length })
    byIndex.set(index, list)
  }
  return links.map(({ index, name, mtuBytes, isUp, hardwareAddress }) => ({
    name,
    mtuBytes,
    isUp,
    hardwareAddress,
    addresses: byIndex.get(index) ?? [],
  }))
}
