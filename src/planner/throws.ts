// Never in a loop: an underlay address that lies inside a range of the network must not be caught by our own tables.
import {
  type Address,
  type Because,
  containsPrefix,
  type Entry,
  formatPrefix,
  GUARD_TABLE,
  hostPrefix,
  type Local,
  MAIN_TABLE,
  type Prefix,
  prefixOf,
  type Route,
  route,
  TABLE,
} from '../model/index.ts'
import { legsOf } from './legs.ts'
import { ownedBySite } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import { coverOf } from './prefix-cover.ts'
import { extrasFor, rangesOf } from './ranges.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { endpointOf } from './tunnels.ts'

/** A prefix that our tables leave to the rules behind them. */
export type Throw = {
  readonly prefix: Prefix
  readonly because: Because
  /** It is the underlay's, and so no part of a broader prefix of the network. */
  readonly isUnderlay: boolean
  /** No route or guard of ours may stand in its place. Otherwise a route does: what the underlay itself sends there passes it by. */
  readonly isFirm: boolean
  /** Somebody owns this very prefix, and the underlay has it here all the same: what goes there bare is no leak. */
  readonly isTaken?: true
}

/** The host's own subnets, its fellows' private addresses and the endpoints of its legs, as far as the network covers them. */
export function findThrows(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  local: Local | undefined,
): readonly Throw[] {
  const ranges = rangesOf(plan)
  const offers = fellowOffers(plan, site, planned)
  const extras = plan.hasExtras ? [...extrasFor(plan, site).map(({ prefix }) => prefix), ...offers] : []
  const isCovered = coverOf([...ranges, ...extras])
  const found = new Map<string, Throw>()
  const add = (one: Throw): void => {
    const key = formatPrefix(one.prefix)
    if (!found.has(key)) found.set(key, one)
  }
  for (const own of hostSubnets(planned, local, ranges, extras, offers)) add(own)
  for (const offered of ownOffers(planned, [...ranges, ...extras])) add(offered)
  if (site.fabric.kind === 'none') for (const carried of carriedByOthers(site)) add(carried)
  // Not what it offers: a fellow's address in there is the underlay's still.
  const subnets = [...found.values()].flatMap(({ prefix, isUnderlay }) => (isUnderlay ? [prefix] : []))
  for (const fellow of fellowAddresses(site, isCovered, new Set(offers.map(formatPrefix))))
    if (!subnets.some((subnet) => containsPrefix(subnet, fellow.prefix))) add(fellow)
  for (const leg of legsOf(plan, planned)) {
    const endpoint = endpointOf(leg.gateway, planned, local)
    if (endpoint === undefined || !isCovered(endpoint.address)) continue
    const resource = `Node/${leg.gateway.node.name}`
    const because = { resource, field: 'spec.endpoint', rule: 'the tunnel speaks to this address' }
    add({ prefix: hostPrefix(endpoint.address), because, isUnderlay: true, isFirm: false, isTaken: true })
  }
  return [...found.values()]
}

const fellowOffers = (plan: Plan, site: PlannedSite, planned: PlannedNode): readonly Prefix[] =>
  plan.hasExtras ? site.nodes.flatMap((fellow) => (fellow === planned ? [] : fellow.node.offeredPrefixes)) : []

/** The throws, and the other parts without the routes whose place is theirs. */
export function planThrows(
  throws: readonly Throw[],
  parts: readonly (readonly Entry[])[],
): readonly (readonly Entry[])[] {
  if (throws.length === 0) return parts
  const byPrefix = new Map(throws.map((one) => [formatPrefix(one.prefix), one]))
  const lengths = new Set(throws.map(({ prefix }) => prefix.length))
  const throwAt = ({ to }: Route): Throw | undefined =>
    lengths.has(to.length) ? byPrefix.get(formatPrefix(to)) : undefined
  const routed = new Set<Throw>()
  const others = parts.map((part) => {
    const isKept = (entry: Entry): boolean => {
      const at = entry.kind === 'route' && entry.table !== MAIN_TABLE ? throwAt(entry) : undefined
      if (at === undefined || entry.kind !== 'route') return true
      if (at.isFirm || entry.table === GUARD_TABLE) return false
      routed.add(at)
      return true
    }
    return part.every(isKept) ? part : part.filter(isKept)
  })
  const entries = throws.flatMap((one) =>
    [TABLE, GUARD_TABLE].flatMap((table) =>
      table === TABLE && routed.has(one)
        ? []
        : [route({ table, to: one.prefix, target: { kind: 'throw' }, because: [one.because] })],
    ),
  )
  return [entries, ...others]
}

/**
 * One that is as broad as a range of the network itself is left to the main table, which comes before the guards. What a fellow
 * member offers of the host's own subnets is reached there.
 */
function hostSubnets(
  { node }: PlannedNode,
  local: Local | undefined,
  ranges: readonly Prefix[],
  extras: readonly Prefix[],
  offers: readonly Prefix[],
): readonly Throw[] {
  const isInside = (prefix: Prefix): boolean =>
    extras.some((range) => containsPrefix(range, prefix)) ||
    ranges.some((range) => range.length < prefix.length && containsPrefix(range, prefix))
  const resource = `Node/${node.name}`
  const stated = node.privateAddresses.map(({ address, length }, index) => ({
    prefix: prefixOf(address, length),
    because: { resource, field: `spec.privateAddresses[${index}]`, rule: "the host's own subnet stays its own" },
  }))
  const seen = (local?.subnets ?? []).map((prefix) => ({
    prefix,
    because: { resource, rule: 'another network of the host stays its own' },
  }))
  return [...stated, ...seen].flatMap(({ prefix, because }) => {
    const parts = offers.filter((offer) => offer.length > prefix.length && containsPrefix(prefix, offer))
    return [...(isInside(prefix) ? [prefix] : []), ...parts].map(
      (part): Throw => ({ prefix: part, because, isUnderlay: true, isFirm: true, isTaken: true }),
    )
  })
}

/** What it offers is behind it, also where others take it, or a broader range, to be elsewhere. */
const ownOffers = ({ node }: PlannedNode, covering: readonly Prefix[]): readonly Throw[] =>
  node.offeredPrefixes.flatMap((prefix, index) => {
    if (!covering.some((range) => containsPrefix(range, prefix))) return []
    const because = {
      resource: `Node/${node.name}`,
      field: `spec.offeredPrefixes[${index}]`,
      rule: 'the network behind the host stays there',
    }
    return [{ prefix, because, isUnderlay: false, isFirm: true }]
  })

/** Fabric `none`: the pods of the own site are another plugin's, by routes that may be no more than a default route. */
const carriedByOthers = (site: PlannedSite): readonly Throw[] =>
  ownedBySite(site).flatMap(({ prefix, kind }) => {
    const because = { ...site.fabricBecause, rule: `inside site ${site.name} another plugin carries the pods` }
    return kind === 'pods' ? [{ prefix, because, isUnderlay: false, isFirm: true }] : []
  })

const fellowAddresses = (
  site: PlannedSite,
  isCovered: (address: Address) => boolean,
  offers: ReadonlySet<string>,
): readonly Throw[] =>
  site.nodes.flatMap(({ node }) =>
    node.privateAddresses.flatMap(({ address }, index) => {
      if (!isCovered(address)) return []
      const because = {
        resource: `Node/${node.name}`,
        field: `spec.privateAddresses[${index}]`,
        rule: 'the fabric speaks to this address',
      }
      const prefix = hostPrefix(address)
      const isOffered = offers.size > 0 && offers.has(formatPrefix(prefix))
      return [{ prefix, because, isUnderlay: true, isFirm: false, ...(isOffered && { isTaken: true }) }]
    }),
  )
