// Which site every node is in, and what holds in each.
import {
  type Because,
  type Fabric,
  missingKey,
  type Network,
  type Node,
  type NodeStatus,
  type PublicKey,
  type Site,
  siteNamer,
  type World,
} from '../model/index.ts'
import { planGateways } from './gateways.ts'
import type { Keeper } from './memo.ts'

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
  /** Who speaks for it, in the order of slots. */
  readonly gateways: readonly PlannedNode[]
}

export type PlannedNode = Keeper & {
  readonly node: Node
  readonly siteName: string
  readonly publicKey: PublicKey
  readonly status: NodeStatus | undefined
}

/**
 * Puts every node into its site, sites and nodes ascending by name. A site in which nothing changed since the previous
 * plan is the same object as there.
 */
export function planSites(world: World, previous?: ReadonlyMap<string, PlannedSite>): Map<string, PlannedSite> {
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
    sites.set(name, before && isUnchanged(world, before, members) ? before : plannedSite(world, name, members))
  }
  return sites
}

const isUnchanged = (world: World, before: PlannedSite, members: readonly Node[]): boolean =>
  before.resource === world.sites.get(before.name) &&
  before.network === world.network &&
  before.nodes.length === members.length &&
  before.nodes.every(({ node, status }, index) => node === members[index] && status === world.statuses.get(node.name))

/** A World lists its nodes by name; one that does not is put in order, for a plan must not depend on it. */
const ascending = (nodes: Node[]): Node[] =>
  nodes.every((node, index) => index === 0 || (nodes[index - 1]?.name ?? '') < node.name)
    ? nodes
    : nodes.sort((a, b) => (a.name < b.name ? -1 : 1))

function plannedSite(world: World, name: string, members: readonly Node[]): PlannedSite {
  const { network } = world
  const site = world.sites.get(name)
  const nodes = members.map((node) => {
    const status = world.statuses.get(node.name)
    return { node, siteName: name, publicKey: status?.publicKey ?? missingKey(node.name), status, kept: undefined }
  })
  const asked = site?.fabric === undefined ? `Network/${network.name}` : `Site/${name}`
  const fabric = site?.fabric ?? network.fabric
  return {
    name,
    network,
    resource: site,
    fabric,
    fabricBecause: { resource: asked, field: 'spec.fabric', rule: `inside site ${name} the fabric is ${fabric.kind}` },
    gatewaysPerSite: site?.gatewaysPerSite ?? network.gatewaysPerSite,
    mtu: site?.mtu ?? network.mtu,
    nodes,
    gateways: planGateways(nodes),
    kept: undefined,
  }
}
