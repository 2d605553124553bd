// Which site every node is in, and what holds in each.
import {
  type Because,
  type Fabric,
  type Family,
  missingKey,
  type Network,
  type Node,
  type NodeStatus,
  type PublicKey,
  type Site,
  siteNamer,
  slotGrantedIn,
  type World,
} from '../model/index.ts'
import { planGateways } from './gateways.ts'
import type { LeftOut } from './left-out.ts'
import type { Keeper } from './memo.ts'
import { ownedBefore } from './owned-prefix.ts'
import { reachOf, type SiteReach } from './reach.ts'

export type PlannedSite = Keeper & {
  readonly name: string
  readonly network: Network
  /** The Site resource of this name, where there is one. */
  readonly resource: Site | undefined
  readonly fabric: Fabric
  /** What asked for the fabric. */
  readonly fabricBecause: Because
  readonly gatewaysPerSite: number
  readonly mtu: 'auto' | number
  /** Ascending by name. */
  readonly nodes: readonly PlannedNode[]
  /** Who speaks for it, ascending by slot. */
  readonly gateways: readonly PlannedNode[]
  readonly reach: SiteReach
  /** Of the network; the same list for all of its sites. */
  readonly families: readonly Family[]
  /** Some node of the network owns more than pod prefixes. */
  readonly hasExtras: boolean
  /** What of its nodes' claims does not count, as text, so that two plans can be compared. */
  readonly leftOut: string
}

export type PlannedNode = Keeper & {
  readonly node: Node
  readonly siteName: string
  readonly publicKey: PublicKey
  readonly status: NodeStatus | undefined
  /** Among the gateways of its site; 1 where it is none of them. */
  readonly slot: number
  readonly isGateway: boolean
  readonly grantedSlot: number | undefined
  /** What of its claims does not count, because another has it. */
  readonly leftOut: LeftOut
}

/** What holds in the whole network. */
type Traits = Pick<PlannedSite, 'families' | 'hasExtras'>

/**
 * Puts every node into its site, sites and nodes ascending by name. A site in which nothing changed since the previous
 * plan is the same object as there.
 */
export function planSites(
  world: World,
  traits: Traits,
  leftOut: ReadonlyMap<string, LeftOut>,
  previous?: ReadonlyMap<string, PlannedSite>,
): Map<string, PlannedSite> {
  const { network } = world
  const nodes = ascending([...world.nodes.values()])
  const siteNameOf = siteNamer(network, nodes)
  const bySite = new Map<string, Node[]>()
  for (const node of nodes) {
    const siteName = siteNameOf(node)
    const members = bySite.get(siteName)
    if (members === undefined) bySite.set(siteName, [node])
    else members.push(node)
  }
  const sites = new Map<string, PlannedSite>()
  for (const name of [...bySite.keys()].sort()) {
    const members = bySite.get(name) ?? []
    const before = previous?.get(name)
    const isSame = before !== undefined && isUnchanged(world, traits, leftOut, before, members)
    sites.set(name, isSame ? before : plannedSite(world, traits, leftOut, name, members, before))
  }
  return sites
}

const isUnchanged = (
  world: World,
  { families, hasExtras }: Traits,
  leftOut: ReadonlyMap<string, LeftOut>,
  before: PlannedSite,
  members: readonly Node[],
): boolean =>
  before.resource === world.sites.get(before.name) &&
  before.network === world.network &&
  before.hasExtras === hasExtras &&
  before.families.join() === families.join() &&
  before.nodes.length === members.length &&
  before.nodes.every(
    ({ node, status, grantedSlot }, index) =>
      node === members[index] &&
      isSameStatus(status, world.statuses.get(node.name)) &&
      grantedSlot === grantedSlotOf(world, node, before.name),
  ) &&
  before.leftOut === leftOutText(leftOut, members)

/** An agent says its own status anew before every plan. */
const isSameStatus = (a: NodeStatus | undefined, b: NodeStatus | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.publicKey === b.publicKey &&
    a.underlayMtuBytes === b.underlayMtuBytes &&
    a.underlayIpv6MtuBytes === b.underlayIpv6MtuBytes &&
    a.conditions === b.conditions)

const grantedSlotOf = (world: World, node: Node, siteName: string): number | undefined =>
  slotGrantedIn(siteName, world.grants.get(node.name)) ?? slotGrantedIn(siteName, node.granted)

function leftOutText(leftOut: ReadonlyMap<string, LeftOut>, members: readonly Node[]): string {
  if (leftOut.size === 0) return ''
  return members.map(({ name }) => [...(leftOut.get(name) ?? [])].join(' ')).join(';')
}

/** A World lists its nodes by name; one that does not is put in order, for a plan must not depend on it. */
const ascending = (nodes: Node[]): Node[] =>
  nodes.every((node, index) => index === 0 || (nodes[index - 1]?.name ?? '') < node.name)
    ? nodes
    : nodes.sort((a, b) => (a.name < b.name ? -1 : 1))

const NOTHING_LEFT_OUT: LeftOut = new Set()

function plannedSite(
  world: World,
  { families, hasExtras }: Traits,
  leftOut: ReadonlyMap<string, LeftOut>,
  name: string,
  members: readonly Node[],
  before: PlannedSite | undefined,
): PlannedSite {
  const { network } = world
  const site = world.sites.get(name)
  const asked = site?.fabric === undefined ? `Network/${network.name}` : `Site/${name}`
  const fabric = site?.fabric ?? network.fabric
  const gatewaysPerSite = site?.gatewaysPerSite ?? network.gatewaysPerSite
  const slots = planGateways(members, (node) => grantedSlotOf(world, node, name), gatewaysPerSite)
  const nodes = members.map((node): PlannedNode => {
    const status = world.statuses.get(node.name)
    return {
      node,
      siteName: name,
      publicKey: status?.publicKey ?? missingKey(node.name),
      status,
      slot: slots.get(node.name) ?? 1,
      isGateway: slots.has(node.name),
      grantedSlot: grantedSlotOf(world, node, name),
      leftOut: leftOut.get(node.name) ?? NOTHING_LEFT_OUT,
      kept: undefined,
    }
  })
  const gateways = nodes.filter(({ isGateway }) => isGateway).sort((a, b) => a.slot - b.slot)
  return {
    name,
    network,
    resource: site,
    fabric,
    fabricBecause: { resource: asked, field: 'spec.fabric', rule: `inside site ${name} the fabric is ${fabric.kind}` },
    gatewaysPerSite,
    mtu: site?.mtu ?? network.mtu,
    nodes,
    gateways,
    reach: reachOf(gateways),
    families,
    hasExtras,
    leftOut: leftOutText(leftOut, members),
    kept: before && ownedBefore(before),
  }
}
