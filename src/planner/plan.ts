// A plan: what the whole network has in common, worked out once and shared by the NodeStates of all nodes.
import {
  type Family,
  IPV6_MINIMUM_MTU,
  mergePrefixes,
  NEXT_HOP_ID,
  type Network,
  type Node,
  type Prefix,
  siteNamer,
  type World,
} from '../model/index.ts'
import { type Mtus, planMtus } from './mtu.ts'
import { nextHopIds } from './next-hop-ids.ts'
import { once } from './once.ts'
import type { PlanIssue } from './plan-issue.ts'
import { type PlannedNode, type PlannedSite, planSites } from './site.ts'
import { findSplitSites } from './split-sites.ts'

export type Plan = {
  readonly network: Network
  readonly issues: readonly PlanIssue[]
  /** Ascending by name, as everything here. */
  readonly sites: ReadonlyMap<string, PlannedSite>
  readonly nodes: ReadonlyMap<string, PlannedNode>
  /** One of them; without the map of all, which one node's plan can do without. */
  readonly nodeNamed: (name: string) => PlannedNode | undefined
  /** Families of the network's pods. */
  readonly families: readonly Family[]
  readonly mtus: Mtus
  /** What all nodes own of a family, merged, ascending. */
  readonly known: (family: Family) => readonly Prefix[]
  readonly siteGroupId: (site: string) => number
  /** Parts of NodeStates that several nodes share, by what they are for. */
  readonly shared: <T>(key: string, make: () => T) => T
}

/**
 * Works out what the nodes of a world share; what is not asked for is not worked out. With the previous plan at hand,
 * what was made of sites that did not change is taken over.
 */
export function preparePlan(world: World, previous?: Plan): Plan {
  const issues: PlanIssue[] = []
  const sites = planSites(world, previous?.sites)
  const siteNameOf = siteNamer(world.network, [...world.nodes.values()])
  const families = ([4, 6] as const).filter((family) =>
    world.network.podPrefixes.some((prefix) => prefix.family === family),
  )
  const mtus = planMtus(sites.values(), families)
  issues.push(
    ...findMute(sites.values()),
    ...findSplitSites(sites.values(), families),
    ...findNarrow(families, mtus),
    ...findApart(sites.values()),
  )

  const nodes = once(() => nodesByName(sites.values()))
  const siteIds = once(() => nextHopIds(NEXT_HOP_ID.site, sites.keys()))
  const cache = new Map<string, unknown>()
  const shared = <T>(key: string, make: () => T): T => {
    if (!cache.has(key)) cache.set(key, make())
    return cache.get(key) as T
  }
  return {
    network: world.network,
    issues,
    sites,
    get nodes() {
      return nodes()
    },
    nodeNamed(name) {
      const node = world.nodes.get(name)
      const site = node && sites.get(siteNameOf(node))
      return site?.nodes.find((planned) => planned.node === node)
    },
    families,
    mtus,
    known: (family) => shared(`known ${family}`, () => mergePrefixes(prefixesOf(world.nodes.values(), family))),
    siteGroupId: (site) => siteIds().get(site) ?? NEXT_HOP_ID.site,
    shared,
  }
}

function nodesByName(sites: Iterable<PlannedSite>): ReadonlyMap<string, PlannedNode> {
  const nodes = new Map<string, PlannedNode>()
  for (const site of sites) for (const planned of site.nodes) nodes.set(planned.node.name, planned)
  return nodes
}

/** In the order of the nodes' names, in which prefixes mostly ascend: there is then little left to sort. */
function prefixesOf(nodes: Iterable<Node>, family: Family): readonly Prefix[] {
  const prefixes: Prefix[] = []
  for (const { podPrefixes } of nodes)
    for (const prefix of podPrefixes) if (prefix.family === family) prefixes.push(prefix)
  return prefixes
}

function findMute(sites: Iterable<PlannedSite>): PlanIssue[] {
  const issues: PlanIssue[] = []
  for (const site of sites)
    if (site.gateways.length === 0)
      issues.push({
        severity: 'warning',
        message: `site ${site.name} has no gateway, because every node of it says spec.gateway: never; no other site reaches it`,
      })
  return issues
}

/** A warning, for it is an observation: one node on a bad line must not stop the plans of all others. */
function findNarrow(families: readonly Family[], { leftBytes, narrowestNode }: Mtus): PlanIssue[] {
  if (!families.includes(6) || leftBytes >= IPV6_MINIMUM_MTU) return []
  return [
    {
      severity: 'warning',
      message:
        `the underlay of Node/${narrowestNode} leaves ${leftBytes} bytes for a pod's packet, and IPv6 needs ${IPV6_MINIMUM_MTU} ` +
        '(RFC 8200): full packets cross it in fragments, if at all; widen it, or take the IPv6 prefixes out of the network',
    },
  ]
}

/** Pairs of sites that cannot meet because neither gateway can be reached from outside. One issue a site, not one a pair. */
function findApart(sites: Iterable<PlannedSite>): PlanIssue[] {
  const hidden: string[] = []
  for (const { name, gateways } of sites)
    if (gateways[0] !== undefined && gateways[0].node.endpoint === undefined) hidden.push(name)
  if (hidden.length < 2) return []
  return [
    {
      severity: 'warning',
      message: `sites ${hidden.join(', ')} cannot meet each other: none of their gateways has an endpoint, and relays are not planned yet; give one of them spec.endpoint`,
    },
  ]
}
