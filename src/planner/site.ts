// Which site every node is in, and what holds in each.
import {
  type Because,
  type Fabric,
  missingKey,
  type Network,
  type Node,
  type NodeStatus,
  type PublicKey,
  type World,
} from '../model/index.ts'
import type { PlanIssue } from './plan-issue.ts'

export type PlannedSite = {
  readonly name: string
  readonly fabric: Fabric
  /** What asked for the fabric. */
  readonly fabricBecause: Because
  readonly gatewaysPerSite: number
  readonly mtu: 'auto' | number
  /** Ascending by name. */
  readonly nodes: readonly PlannedNode[]
}

export type PlannedNode = {
  readonly node: Node
  readonly siteName: string
  readonly publicKey: PublicKey
  readonly status: NodeStatus | undefined
}

/** Puts every node into its site, sites and nodes ascending by name. */
export function planSites(world: World, issues: PlanIssue[]): Map<string, PlannedSite> {
  const { network } = world
  const byName = new Map<string, PlannedNode[]>()
  const named = new Set<string>()
  for (const node of world.nodes.values()) {
    const name = statedSite(network, node)
    if (name !== undefined) named.add(name)
  }
  for (const node of world.nodes.values()) {
    const stated = statedSite(network, node)
    const siteName = stated ?? (named.has(node.name) ? `node/${node.name}` : node.name)
    if (stated === undefined && network.sites.by !== 'node') issues.push(withoutSite(network, node))
    const status = world.statuses.get(node.name)
    const planned = { node, siteName, publicKey: status?.publicKey ?? missingKey(node.name), status }
    const nodes = byName.get(siteName)
    if (nodes === undefined) byName.set(siteName, [planned])
    else nodes.push(planned)
  }
  return new Map([...byName.keys()].sort().map((name) => [name, plannedSite(world, name, byName.get(name) ?? [])]))
}

function statedSite(network: Network, node: Node): string | undefined {
  switch (network.sites.by) {
    case 'field':
      return node.site
    case 'label':
      return node.labels[network.sites.label]
    case 'node':
      return undefined
  }
}

function withoutSite(network: Network, node: Node): PlanIssue {
  const missing = network.sites.by === 'label' ? `label ${network.sites.label}` : 'spec.site'
  return { severity: 'warning', message: `Node/${node.name} has no ${missing}: it is a site of its own` }
}

function plannedSite(world: World, name: string, nodes: readonly PlannedNode[]): PlannedSite {
  const { network } = world
  const site = world.sites.get(name)
  const asked = site?.fabric === undefined ? `Network/${network.name}` : `Site/${name}`
  const fabric = site?.fabric ?? network.fabric
  return {
    name,
    fabric,
    fabricBecause: { resource: asked, field: 'spec.fabric', rule: `inside site ${name} the fabric is ${fabric.kind}` },
    gatewaysPerSite: site?.gatewaysPerSite ?? network.gatewaysPerSite,
    mtu: site?.mtu ?? network.mtu,
    nodes,
  }
}
