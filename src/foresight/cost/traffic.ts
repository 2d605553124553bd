// Who sends how much to whom: as it was said, of nodes, sites or prefixes, and as flows from node to node.
import { containsPrefix, formatPrefix, overlaps, type Prefix, prefixOf } from '../../model/index.ts'
import { ownedByNode, type Plan, type PlannedNode } from '../../planner/index.ts'
import { type Fraction, fraction, times } from './fraction.ts'
import type { Places } from './places.ts'

export type End =
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'site'; readonly name: string }
  | { readonly kind: 'prefix'; readonly prefix: Prefix }
  /** Not of the network. */
  | { readonly kind: 'outside' }

export type Demand = { readonly from: End; readonly to: End; readonly bytes: Fraction }

/** `to` undefined: outside. Bytes of IP packets as pods send them. */
export type Flow = { readonly from: string; readonly to: string | undefined; readonly bytes: Fraction }

/** Divided evenly among the pairs of nodes that the ends stand for. Throws a sentence where an end stands for none. */
export function flowsOf(plan: Plan, { from, to, bytes }: Demand): readonly Flow[] {
  const sources = nodesOf(plan, from)
  const targets = to.kind === 'outside' ? [undefined] : nodesOf(plan, to)
  const all = sources.flatMap((source) => targets.map((target) => ({ from: source, to: target })))
  // Inside one site nobody sends to himself; a node alone has nobody else.
  const apart = all.filter((pair) => pair.from !== pair.to)
  const pairs = apart.length > 0 ? apart : all
  const share = times(bytes, fraction(1n, BigInt(pairs.length)))
  return pairs.map((pair) => ({ ...pair, bytes: share }))
}

function nodesOf(plan: Plan, end: End): readonly string[] {
  switch (end.kind) {
    case 'outside':
      throw new Error('what comes from outside is not in the network; name a node, a site or a prefix as `from`')
    case 'node':
      if (!plan.nodes.has(end.name)) throw new Error(`there is no node ${end.name}`)
      return [end.name]
    case 'site': {
      const site = plan.sites.get(end.name)
      if (site === undefined) throw new Error(`there is no site ${end.name}`)
      return site.nodes.map(({ node }) => node.name)
    }
    case 'prefix':
      return ownersOf(plan, end.prefix)
  }
}

/** Whose prefix holds it; or all who own parts of it. */
function ownersOf(plan: Plan, asked: Prefix): readonly string[] {
  let best = -1
  let holder: string | undefined
  const parts = new Set<string>()
  for (const site of plan.sites.values())
    for (const planned of site.nodes)
      for (const { prefix } of ownedByNode(site, planned)) {
        if (containsPrefix(prefix, asked) && prefix.length > best) [best, holder] = [prefix.length, planned.node.name]
        else if (overlaps(prefix, asked)) parts.add(planned.node.name)
      }
  if (holder !== undefined) return [holder]
  if (parts.size === 0) throw new Error(`no node owns ${formatPrefix(asked)}`)
  return [...parts]
}

/**
 * As much from every node to every other. Nodes of a place that take the same ways stand for each other, so that thousands of
 * nodes are a few flows.
 */
export function flowsOfAllPairs(plan: Plan, places: Places, bytes: Fraction): readonly Flow[] {
  const classes = [...Map.groupBy(plan.nodes.values(), (planned) => wayKey(planned, places)).values()]
  return classes.flatMap((sources) =>
    classes.flatMap((targets) => {
      const [from] = sources
      const to = targets === sources ? targets[1] : targets[0]
      if (from === undefined || to === undefined) return []
      const count = sources.length * (targets === sources ? targets.length - 1 : targets.length)
      return [{ from: from.node.name, to: to.node.name, bytes: times(bytes, fraction(BigInt(count))) }]
    }),
  )
}

function wayKey({ node, siteName, isGateway }: PlannedNode, places: Places): string {
  if (isGateway) return `gateway ${node.name}`
  const subnets = node.privateAddresses.map(({ address, length }) => formatPrefix(prefixOf(address, length)))
  return `${siteName} ${places.get(node.name)} ${subnets.join()}`
}
