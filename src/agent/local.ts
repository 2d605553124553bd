// What a node sees of itself: the link of its private address, the pods whose links are there, and what else goes into its plan.
import {
  type Address,
  compareAddresses,
  comparePrefixes,
  equalAddresses,
  equalPrefixes,
  FAMILY_BITS,
  type Family,
  formatAddress,
  type HostLink,
  isLinkLocal,
  LINK_PREFIX,
  type Liveness,
  type Local,
  type LocalPod,
  type Node,
  type Observed,
  POD_LINK_PREFIX,
  type Prefix,
  type PrivateAddress,
  prefixOf,
} from '../model/index.ts'
import type { Host } from './host-check.ts'

export type LocalView = {
  readonly local: Local
  readonly underlayMtuBytes?: number
  /** Where it is another. */
  readonly underlayIpv6MtuBytes?: number
  /** Of a node whose private addresses are on none of its links: what is on them, as in `eth0 10.0.0.5/24`. */
  readonly addressesInstead?: readonly string[]
  /** Recorded, but their host ends are gone: their sandbox died, or they are just being made. */
  readonly podsWithoutLink: readonly LocalPod[]
}

export type LocalHost = Pick<Host, 'acceptsRouterAdvertisements' | 'ipv6MtuBytes'>

export type LocalInput = {
  readonly node: Node
  readonly hostLinks: Observed['hostLinks']
  readonly pods: readonly LocalPod[]
  readonly host: LocalHost
  readonly liveness: Liveness | undefined
  readonly resolvedHosts: NonNullable<Local['resolvedHosts']>
}

export function observeLocal({ node, hostLinks, pods, host, liveness, resolvedHosts }: LocalInput): LocalView {
  const underlay = findUnderlay(node, hostLinks)
  const names = new Set(hostLinks.map(({ name }) => name))
  const subnets = subnetsOf(hostLinks)
  const [here, gone] = partition(pods, ({ link }) => names.has(link))
  const local: Local = {
    ...(underlay && {
      underlay: {
        link: underlay.name,
        acceptsRouterAdvertisements: host.acceptsRouterAdvertisements(underlay.name),
        families: familiesBeyond(underlay),
      },
    }),
    ...(subnets.length > 0 && { subnets }),
    pods: here,
    ...(liveness && { liveness }),
    ...(Object.keys(resolvedHosts).length > 0 && { resolvedHosts }),
  }
  return {
    local,
    ...(underlay && mtusOf(underlay, host)),
    ...(underlay === undefined && node.privateAddresses.length > 0 && { addressesInstead: addressesBeyond(hostLinks) }),
    podsWithoutLink: gone,
  }
}

/** The link that holds one of the node's private addresses, the first address first. */
function findUnderlay(node: Node, hostLinks: readonly HostLink[]): HostLink | undefined {
  for (const wanted of node.privateAddresses) {
    const found = hostLinks.find((link) =>
      link.addresses.some(({ address }) => equalAddresses(address, wanted.address)),
    )
    if (found !== undefined) return found
  }
  return undefined
}

function mtusOf({ name, mtuBytes }: HostLink, { ipv6MtuBytes }: LocalHost) {
  const ipv6 = ipv6MtuBytes(name)
  return {
    underlayMtuBytes: mtuBytes,
    ...(ipv6 !== undefined && ipv6 !== mtuBytes && { underlayIpv6MtuBytes: ipv6 }),
  }
}

const familiesBeyond = ({ addresses }: HostLink): readonly Family[] =>
  ([4, 6] as const).filter((family) =>
    addresses.some(({ address }) => address.family === family && reachesBeyondLink(address)),
  )

/** Not link-local (169.254.0.0/16, fe80::/10), nor loopback (127.0.0.0/8, ::1). */
const reachesBeyondLink = (address: Address): boolean => {
  const { family, w0, w1, w2, w3 } = address
  if (isLinkLocal(address)) return false
  return family === 4 ? w0 >>> 24 !== 127 : w0 !== 0 || w1 !== 0 || w2 !== 0 || w3 >>> 0 > 1
}

/** The networks that are right here: a link that is down has no routes to any. */
function subnetsOf(hostLinks: readonly HostLink[]): readonly Prefix[] {
  const subnets = hostLinks
    .filter(({ name, isUp }) => isUp && !isNamedAsOurs(name))
    .flatMap(({ addresses }) =>
      addresses
        .filter(({ address, length }) => length < FAMILY_BITS[address.family] && reachesBeyondLink(address))
        .map(({ address, length }) => prefixOf(address, length)),
    )
    .sort(comparePrefixes)
  return subnets.filter((subnet, index) => {
    const before = subnets[index - 1]
    return before === undefined || !equalPrefixes(before, subnet)
  })
}

const MOST_OWN_ADDRESSES = 16

/**
 * Of the host's links that are up, each once, in an order of their own: those of a subnet first, since that is how machines are reached, and
 * other plugins' and container runtimes' addresses are not told apart from a machine's.
 */
export function ownAddresses(hostLinks: readonly HostLink[]): readonly PrivateAddress[] {
  const isAlone = ({ address, length }: PrivateAddress): number => (length === FAMILY_BITS[address.family] ? 1 : 0)
  return hostLinks
    .filter(({ name, isUp }) => isUp && !isNamedAsOurs(name))
    .flatMap(({ addresses }) => addresses.filter(({ address }) => reachesBeyondLink(address)))
    .map(({ address, length }) => ({ address, length }))
    .sort((a, b) => isAlone(a) - isAlone(b) || compareAddresses(a.address, b.address) || a.length - b.length)
    .filter(({ address, length }, index, all) => {
      const before = all[index - 1]
      return before === undefined || before.length !== length || !equalAddresses(before.address, address)
    })
    .slice(0, MOST_OWN_ADDRESSES)
}

const isNamedAsOurs = (link: string): boolean => link.startsWith(LINK_PREFIX) || link.startsWith(POD_LINK_PREFIX)

/** On the host's own links. */
const addressesBeyond = (hostLinks: readonly HostLink[]): string[] =>
  hostLinks
    .filter(({ name }) => !isNamedAsOurs(name))
    .flatMap(({ name, addresses }) =>
      addresses
        .filter(({ address }) => reachesBeyondLink(address))
        .map(({ address, length }) => `${name} ${formatAddress(address)}/${length}`),
    )

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  const yes: Item[] = []
  const no: Item[] = []
  for (const item of items) (test(item) ? yes : no).push(item)
  return [yes, no]
}
