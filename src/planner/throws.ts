// Never in a loop: an underlay address that lies inside a range of the network must not be caught by our own tables.
import {
  type Because,
  containsAddress,
  containsPrefix,
  type Entry,
  formatPrefix,
  GUARD_TABLE,
  hostPrefix,
  type Local,
  type Prefix,
  prefixOf,
  route,
  TABLE,
} from '../model/index.ts'
import { fellowHosts } from './fellow-hosts.ts'
import { legsOf } from './legs.ts'
import { ownedBySite } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import { extrasFor, rangesOf } from './ranges.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { endpointOf } from './tunnels.ts'

/** A prefix of the underlay that our tables leave to the rules behind them. */
export type Throw = {
  readonly prefix: Prefix
  readonly because: Because
  /** It is the underlay's, and so no prefix of the network although it lies inside one. */
  readonly isUnderlay: boolean
}

/** The host's own subnets, its fellows' private addresses and the endpoints of its legs, as far as the network covers them. */
export function findThrows(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  local: Local | undefined,
): readonly Throw[] {
  const covering = coveringOf(plan, site, planned)
  const found = new Map<string, Throw>()
  const add = (one: Throw): void => {
    const key = formatPrefix(one.prefix)
    if (!found.has(key)) found.set(key, one)
  }
  for (const own of ownSubnets(planned, covering)) add(own)
  for (const offered of ownOffers(planned, covering)) add(offered)
  if (site.fabric.kind === 'none') for (const carried of carriedByOthers(site)) add(carried)
  const routed = new Set(fellowHosts(plan, site, planned).map(formatPrefix))
  for (const fellow of fellowAddresses(site, covering))
    if (
      !routed.has(formatPrefix(fellow.prefix)) &&
      ![...found.values()].some((t) => containsPrefix(t.prefix, fellow.prefix))
    )
      add(fellow)
  for (const leg of legsOf(plan, planned)) {
    const endpoint = endpointOf(leg.gateway, planned, local)
    if (endpoint === undefined || !covering.some((range) => containsAddress(range, endpoint.address))) continue
    const resource = `Node/${leg.gateway.node.name}`
    const because = { resource, field: 'spec.endpoint', rule: 'the tunnel speaks to this address' }
    add({ prefix: hostPrefix(endpoint.address), because, isUnderlay: true })
  }
  return [...found.values()]
}

/** All that a route or a guard of this node may catch: whole ranges, and what single nodes bring besides. */
const coveringOf = (plan: Plan, site: PlannedSite, planned: PlannedNode): readonly Prefix[] =>
  plan.hasExtras
    ? [
        ...rangesOf(plan),
        ...extrasFor(plan, site).map(({ prefix }) => prefix),
        ...site.nodes.flatMap((fellow) => (fellow === planned ? [] : fellow.node.offeredPrefixes)),
      ]
    : rangesOf(plan)

export const planThrows = (throws: readonly Throw[]): readonly Entry[] =>
  throws.flatMap(({ prefix, because }) =>
    [TABLE, GUARD_TABLE].map((table) => route({ table, to: prefix, target: { kind: 'throw' }, because: [because] })),
  )

const ownSubnets = ({ node }: PlannedNode, covering: readonly Prefix[]): readonly Throw[] =>
  node.privateAddresses.flatMap(({ address, length }, index) => {
    const prefix = prefixOf(address, length)
    if (!covering.some((range) => containsPrefix(range, prefix))) return []
    const because = {
      resource: `Node/${node.name}`,
      field: `spec.privateAddresses[${index}]`,
      rule: "the host's own subnet stays its own",
    }
    return [{ prefix, because, isUnderlay: true }]
  })

/** What it offers is behind it, also where others take a broader range to be elsewhere. */
const ownOffers = ({ node }: PlannedNode, covering: readonly Prefix[]): readonly Throw[] =>
  node.offeredPrefixes.flatMap((prefix, index) => {
    if (!covering.some((range) => containsPrefix(range, prefix))) return []
    const because = {
      resource: `Node/${node.name}`,
      field: `spec.offeredPrefixes[${index}]`,
      rule: 'the network behind the host stays there',
    }
    return [{ prefix, because, isUnderlay: false }]
  })

/** Fabric `none`: the pods of the own site are another plugin's, by routes that may be no more than a default route. */
const carriedByOthers = (site: PlannedSite): readonly Throw[] =>
  ownedBySite(site).flatMap(({ prefix, kind }) => {
    const because = { ...site.fabricBecause, rule: `inside site ${site.name} another plugin carries the pods` }
    return kind === 'pods' ? [{ prefix, because, isUnderlay: false }] : []
  })

const fellowAddresses = (site: PlannedSite, covering: readonly Prefix[]): readonly Throw[] =>
  site.nodes.flatMap(({ node }) =>
    node.privateAddresses.flatMap(({ address }, index) => {
      if (!covering.some((range) => containsAddress(range, address))) return []
      const because = {
        resource: `Node/${node.name}`,
        field: `spec.privateAddresses[${index}]`,
        rule: 'the fabric speaks to this address',
      }
      return [{ prefix: hostPrefix(address), because, isUnderlay: true }]
    }),
  )
