// Which site every node is in, by the Network's rule.
import type { Network } from './network.ts'
import type { Node } from './node.ts'

/** The site that the node says by the rule; undefined where it says none, or each is its own. */
export function statedSite({ sites }: Pick<Network, 'sites'>, node: Node): string | undefined {
  switch (sites.by) {
    case 'field':
      return node.site
    case 'label':
      return node.labels[sites.label]
    case 'node':
      return undefined
  }
}

/** A node without a site is one of its own: under its own name, or `node/NAME` where that is taken. */
export function siteNamer(network: Pick<Network, 'sites'>, all: readonly Node[]): (node: Node) => string {
  let taken: Set<string | undefined> | undefined
  return (node) => {
    const stated = statedSite(network, node)
    if (stated !== undefined) return stated
    taken ??= new Set(all.map((other) => statedSite(network, other)))
    return taken.has(node.name) ? `node/${node.name}` : node.name
  }
}

/** By node name. */
export function siteNames(network: Pick<Network, 'sites'>, nodes: Iterable<Node>): ReadonlyMap<string, string> {
  const all = [...nodes]
  const nameOf = siteNamer(network, all)
  return new Map(all.map((node) => [node.name, nameOf(node)]))
}
