// Whether what stands is what is wanted. `because` never counts; two entries of one key are given.
import {
  type Address,
  type Entry,
  equalAddresses,
  equalPrefixes,
  type FilterTable,
  type Link,
  type NextHopGroup,
  type Prefix,
  type Route,
  type RouteHop,
  type WireguardPeer,
} from '../model/index.ts'

export function isAsWanted(wanted: Entry, standing: Entry): boolean {
  switch (wanted.kind) {
    case 'sysctl':
      return standing.kind === wanted.kind && standing.value === wanted.value
    case 'link':
      return standing.kind === wanted.kind && isSameType(wanted, standing) && isSameLink(wanted, standing)
    case 'address':
    case 'rule':
      return standing.kind === wanted.kind // all that they are stands in their key
    case 'filter-table':
      return standing.kind === wanted.kind && isSameTable(wanted, standing)
    case 'wireguard-device':
      return (
        standing.kind === wanted.kind &&
        standing.publicKey === wanted.publicKey &&
        standing.listenPort === wanted.listenPort &&
        standing.mark === wanted.mark
      )
    case 'wireguard-peer':
      return standing.kind === wanted.kind && isSamePeer(wanted, standing)
    case 'neighbour':
      return standing.kind === wanted.kind && standing.hardwareAddress === wanted.hardwareAddress
    case 'fdb':
      return standing.kind === wanted.kind && equalAddresses(standing.remote, wanted.remote)
    case 'next-hop':
      return standing.kind === wanted.kind && standing.link === wanted.link && isSameAddress(standing.via, wanted.via)
    case 'next-hop-group':
      return standing.kind === wanted.kind && isSameGroup(wanted, standing)
    case 'route':
      return standing.kind === wanted.kind && isSameRoute(wanted, standing)
  }
}

/** False where the link has to be made anew: no link changes its type, nor vxlan and ipip what they were made with. */
export function isSameType({ type: a }: Link, { type: b }: Link): boolean {
  if (a.kind === 'vxlan' && b.kind === 'vxlan')
    return a.networkIdentifier === b.networkIdentifier && a.port === b.port && equalAddresses(a.local, b.local)
  if (a.kind === 'ipip' && b.kind === 'ipip') return a.mark === b.mark && equalAddresses(a.local, b.local)
  return a.kind === b.kind
}

const isSameLink = (wanted: Link, standing: Link): boolean =>
  standing.isDown === wanted.isDown &&
  standing.mtuBytes === wanted.mtuBytes &&
  (wanted.hardwareAddress === undefined || standing.hardwareAddress === wanted.hardwareAddress)

/** Besides the endpoint, which may roam. */
const isSamePeer = (wanted: WireguardPeer, standing: WireguardPeer): boolean =>
  standing.keepaliveSeconds === wanted.keepaliveSeconds && isSamePrefixes(standing.allowedIps, wanted.allowedIps)

const isSameGroup = (a: NextHopGroup, b: NextHopGroup): boolean =>
  a.members.length === b.members.length && a.members.every((id, index) => id === b.members[index])

export function isSameAddress(a: Address | undefined, b: Address | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalAddresses(a, b)
}

/** By a list that stands, the one that was last found to be the same: both are mostly the very lists that were compared before. */
const knownSame = new WeakMap<readonly Prefix[], readonly Prefix[]>()

function isSamePrefixes(standing: readonly Prefix[], wanted: readonly Prefix[]): boolean {
  if (standing.length !== wanted.length) return false
  if (standing === wanted || knownSame.get(standing) === wanted) return true
  const isSame = standing.every((prefix, index) => {
    const other = wanted[index]
    return other !== undefined && equalPrefixes(prefix, other)
  })
  if (isSame) knownSame.set(standing, wanted)
  return isSame
}

function isSameRoute(a: Route, b: Route): boolean {
  if (typeof a.source === 'string' || typeof b.source === 'string') return false // entriesOf() has resolved ours
  return isSameAddress(a.source, b.source) && isSameTarget(a.target, b.target)
}

export function isSameTarget(a: Route['target'], b: Route['target']): boolean {
  switch (a.kind) {
    case 'next-hop-object':
      return b.kind === a.kind && b.id === a.id
    case 'link':
      return b.kind === a.kind && b.link === a.link
    case 'via':
      // The kernel may tell the hops in another order.
      return (
        b.kind === a.kind &&
        a.hops.length === b.hops.length &&
        a.hops.every((hop) => b.hops.some((other) => isSameHop(hop, other)))
      )
    default:
      return b.kind === a.kind
  }
}

const isSameHop = (a: RouteHop, b: RouteHop): boolean =>
  a.link === b.link && a.onlink === b.onlink && equalAddresses(a.via, b.via)

function isSameTable(a: FilterTable, b: FilterTable): boolean {
  const theirs = new Map(b.sets.map((set) => [set.name, set]))
  return (
    a.sets.length === b.sets.length &&
    a.sets.every((set) => {
      const other = theirs.get(set.name)
      return other !== undefined && other.family === set.family && isSamePrefixes(other.elements, set.elements)
    }) &&
    isSameData(a.chains.toSorted(byName), b.chains.toSorted(byName))
  )
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0

/** Deep, whatever the order of fields; a field that is undefined is as good as absent. */
function isSameData(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => isSameData(Reflect.get(a, name), Reflect.get(b, name)))
}
