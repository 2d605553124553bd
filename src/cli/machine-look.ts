// What a machine shows of itself to somebody who wants to make a node of it: its name, its links with their addresses, and
// where its default routes go. Reads only.
import { readFileSync } from 'node:fs'
import { openRtnetlink, type Rtnetlink } from '../linux/index.ts'
import {
  type Address,
  type Family,
  isLinkLocal,
  LINK_GROUP,
  LINK_PREFIX,
  PROTOCOL,
  type PrivateAddress,
} from '../model/index.ts'

export type MachineLook = {
  /** Empty where it cannot be read. */
  readonly hostName: string
  /** Without the loopback and what is ours. */
  readonly links: readonly SeenLink[]
  /** The best one of each family, by metric; none where there is none. */
  readonly defaultRoutes: readonly SeenDefaultRoute[]
}

export type SeenLink = {
  readonly name: string
  readonly mtuBytes: number
  /** Where router advertisements say less for IPv6. */
  readonly ipv6MtuBytes?: number
  /** Those by which others may know the machine. */
  readonly addresses: readonly PrivateAddress[]
}

export type SeenDefaultRoute = {
  readonly family: Family
  /** More than one: packets go now here, now there. None: the route is of a next-hop object, or its link is not seen. */
  readonly links: readonly string[]
  readonly gateways: readonly Address[]
  /** The address that it makes packets leave with, where it says one. */
  readonly source?: Address
}

export function lookAtMachine(): MachineLook {
  const netlink = openRtnetlink()
  try {
    const links = seenLinks(netlink)
    return {
      hostName: tryRead('/proc/sys/kernel/hostname') ?? '',
      links: [...links.values()],
      defaultRoutes: ([4, 6] as const).flatMap((family) => bestDefaultRoute(netlink, family, links)),
    }
  } finally {
    netlink.close()
  }
}

function seenLinks(netlink: Rtnetlink): ReadonlyMap<number, SeenLink> {
  const addresses = netlink.addresses()
  const links = netlink
    .links()
    .filter(({ name, group, isUp }) => isUp && name !== 'lo' && !(group === LINK_GROUP && name.startsWith(LINK_PREFIX)))
  return new Map(
    links.map(({ index, name, mtuBytes }) => {
      const ipv6MtuBytes = Number(tryRead(`/proc/sys/net/ipv6/conf/${name}/mtu`) ?? mtuBytes)
      const own = addresses.filter(
        (one) => one.index === index && !one.isPassing && one.protocol !== PROTOCOL && !isLinkLocal(one.address),
      )
      const link = {
        name,
        mtuBytes,
        ...(ipv6MtuBytes < mtuBytes && { ipv6MtuBytes }),
        addresses: own.map(({ address, length }) => ({ address, length })),
      }
      return [index, link]
    }),
  )
}

function bestDefaultRoute(
  netlink: Rtnetlink,
  family: Family,
  links: ReadonlyMap<number, SeenLink>,
): readonly SeenDefaultRoute[] {
  const all = netlink
    .routes(family)
    .filter(({ to, type, protocol }) => to.length === 0 && type === 'unicast' && protocol !== PROTOCOL)
  const metric = Math.min(...all.map((route) => route.metric))
  const best = all.filter((route) => route.metric === metric)
  if (best.length === 0) return []
  const hops = best.flatMap((route) => route.hops)
  const source = best.find((route) => route.source !== undefined)?.source
  return [
    {
      family,
      links: [...new Set(hops.flatMap(({ index }) => (index === undefined ? [] : (links.get(index)?.name ?? []))))],
      gateways: hops.flatMap(({ via }) => via ?? []),
      ...(source && { source }),
    },
  ]
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
