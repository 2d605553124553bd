// A plan: what the whole network has in common, worked out once and shared by the NodeStates of all nodes.
import {
  equalPrefixes,
  type Family,
  mergePrefixes,
  NEXT_HOP_ID,
  type Network,
  type Node,
  type Prefix,
  siteNamer,
  type World,
} from '../model/index.ts'
import { findIssues } from './find-issues.ts'
import { findLeftOut, type LeftOuts } from './left-out.ts'
import { type Keeper, replace } from './memo.ts'
import { type Mtus, planMtus } from './mtu.ts'
import { nextHopIds } from './next-hop-ids.ts'
import { once } from './once.ts'
import { type OwnedOrder, orderOwned } from './owned-order.ts'
import { type OwnedPrefix, ownedBySite } from './owned-prefix.ts'
import type { PlanIssue } from './plan-issue.ts'
import { rangesOf } from './ranges.ts'
import { type PlannedNode, type PlannedSite, planSites } from './site.ts'

const NOTHING_LEFT_OUT: LeftOuts = { byNode: new Map(), issues: [] }

export type Plan = {
  readonly network: Network
  readonly issues: readonly PlanIssue[]
  /** Of the issues: what was said of the world before it was planned. */
  readonly notes: readonly PlanIssue[]
  /** Ascending by name, as everything here. */
  readonly sites: ReadonlyMap<string, PlannedSite>
  readonly nodes: ReadonlyMap<string, PlannedNode>
  /** One of them; without the map of all, which one node's plan can do without. */
  readonly nodeNamed: (name: string) => PlannedNode | undefined
  /** Some node owns more than pod prefixes: its own address, or networks behind it. */
  readonly hasExtras: boolean
  /** Some nodes have keys and some have none yet; where none has any, the plan is one on paper. */
  readonly isKeyMissing: boolean
  /** Families of what the network carries. */
  readonly families: readonly Family[]
  readonly mtus: Mtus
  /** What all nodes own, ascending, not merged. */
  readonly ownedInOrder: () => readonly OwnedPrefix[]
  /** The order as it was last made, for this plan or one before. */
  readonly lastOrder: () => OwnedOrder | undefined
  /** What all nodes own of a family, merged, ascending. */
  readonly known: (family: Family) => readonly Prefix[]
  readonly siteGroupId: (site: string) => number
  /** Parts of NodeStates that several nodes share, by what they are for. */
  readonly shared: <T>(key: string, make: () => T) => T
  /** What is made of the Network and a key alone: for all plans of it that follow each other. */
  readonly ofNetwork: Keeper
}

/**
 * Works out what the nodes of a world share; what is not asked for is not worked out. With the previous plan at hand,
 * what was made of sites that did not change is taken over. `notes`: what there is to say already, of whom this world is without.
 */
export function preparePlan(world: World, previous?: Plan, notes: readonly PlanIssue[] = []): Plan {
  const siteNameOf = siteNamer(world.network, [...world.nodes.values()])
  const hasExtras = hasMoreThanPods(world)
  const families = familiesOf(world, hasExtras)
  const leftOut = hasExtras ? findLeftOut(world, families, siteNameOf) : NOTHING_LEFT_OUT
  const sites = planSites(world, { families, hasExtras }, leftOut.byNode, previous?.sites)
  const mtus = planMtus(sites.values(), families)
  const nodes = once(() => nodesByName(sites.values()))
  const siteIds = once(() => nextHopIds(NEXT_HOP_ID.site, sites.keys()))
  const cache = new Map<string, unknown>()
  const shared = <T>(key: string, make: () => T): T => {
    if (!cache.has(key)) cache.set(key, make())
    return cache.get(key) as T
  }
  const ofNetwork = previous?.network === world.network ? previous.ofNetwork : { kept: undefined }
  let order = previous?.lastOrder()
  const ownOrder = once(() => {
    order = orderOwned(sites.values(), order)
    return order.list
  })
  const issues = once(() => [...notes, ...leftOut.issues, ...findIssues(plan)])
  const plan: Plan = {
    network: world.network,
    notes,
    get issues() {
      return issues()
    },
    hasExtras,
    isKeyMissing: isKeyMissing(world),
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
    ownedInOrder: ownOrder,
    lastOrder: () => order,
    known: (family) =>
      shared(`known ${family}`, () =>
        replace(ofNetwork, `known ${family}`, (before: readonly Prefix[] = []) => {
          const all = hasExtras ? ownedPrefixesOf(sites.values(), family) : podPrefixesOf(world.nodes.values(), family)
          const merged = mergePrefixes(all)
          return areSame(before, merged) ? before : merged
        }),
      ),
    siteGroupId: (site) => siteIds().get(site) ?? NEXT_HOP_ID.site,
    shared,
    ofNetwork,
  }
  return plan
}

const areSame = (a: readonly Prefix[], b: readonly Prefix[]): boolean =>
  a.length === b.length && a.every((prefix, nth) => equalPrefixes(prefix, b[nth] as Prefix))

function nodesByName(sites: Iterable<PlannedSite>): ReadonlyMap<string, PlannedNode> {
  const nodes = new Map<string, PlannedNode>()
  for (const site of sites) for (const planned of site.nodes) nodes.set(planned.node.name, planned)
  return nodes
}

/** In the order of the nodes' names, in which prefixes mostly ascend: there is then little left to sort. */
function podPrefixesOf(nodes: Iterable<Node>, family: Family): readonly Prefix[] {
  const prefixes: Prefix[] = []
  for (const { podPrefixes } of nodes)
    for (const prefix of podPrefixes) if (prefix.family === family) prefixes.push(prefix)
  return prefixes
}

const ownedPrefixesOf = (sites: Iterable<PlannedSite>, family: Family): readonly Prefix[] =>
  [...sites].flatMap((site) => ownedBySite(site).flatMap(({ prefix }) => (prefix.family === family ? [prefix] : [])))

function hasMoreThanPods({ network, sites, nodes }: World): boolean {
  if (network.lan !== undefined || network.joinPrivateAddresses || network.fabric.kind === 'none') return true
  for (const { fabric } of sites.values()) if (fabric?.kind === 'none') return true
  const families = new Set(network.podPrefixes.map(({ family }) => family))
  for (const { offeredPrefixes, podPrefixes } of nodes.values())
    if (offeredPrefixes.length > 0 || lacksFamily(podPrefixes, families)) return true
  return false
}

/** In some family of the network the node has no pods: it speaks there by another address. */
function lacksFamily(podPrefixes: readonly Prefix[], families: ReadonlySet<Family>): boolean {
  if (families.size === 1) return podPrefixes.length === 0
  const [first] = podPrefixes
  return first === undefined || podPrefixes.every(({ family }) => family === first.family)
}

function familiesOf({ network, nodes }: World, hasExtras: boolean): readonly Family[] {
  const families = new Set(rangesOf({ network }).map(({ family }) => family))
  if (hasExtras)
    for (const { privateAddresses, offeredPrefixes } of nodes.values()) {
      for (const { family } of offeredPrefixes) families.add(family)
      if (network.joinPrivateAddresses) for (const { address } of privateAddresses) families.add(address.family)
    }
  return ([4, 6] as const).filter((family) => families.has(family))
}

function isKeyMissing({ nodes, statuses }: World): boolean {
  let known = 0
  for (const name of nodes.keys()) if (statuses.get(name)?.publicKey !== undefined) known++
  return known > 0 && known < nodes.size
}
