// Who sends how much to whom: as it was said, of nodes, sites or prefixes, and as flows from node to node.
import { containsPrefix, formatPrefix, overlaps, type Prefix } from '../../model/index.ts'
import { type Fraction, fraction, times } from './fraction.ts'
import type { Ways } from './ways.ts'

export type End =
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'site'; readonly name: string }
  | { readonly kind: 'prefix'; readonly prefix: Prefix }
  /** Not of the network. */
  | { readonly kind: 'outside' }

export type Demand = { readonly from: End; readonly to: End; readonly bytes: Fraction }

/** `to` undefined: outside. Bytes of IP packets as pods send them. */
export type Flow = { readonly from: string; readonly to: string | undefined; readonly bytes: Fraction }

/** What the ends of traffic may name: nodes and what they own, sites and their nodes. */
export type Residents = {
  readonly owned: ReadonlyMap<string, readonly Prefix[]>
  readonly sites: ReadonlyMap<string, readonly string[]>
}

/** Divided evenly among the pairs of nodes that the ends stand for. Throws a sentence where an end stands for none. */
export function flowsOf(residents: Residents, { from, to, bytes }: Demand): readonly Flow[] {
  const sources = nodesOf(residents, from)
  const targets = to.kind === 'outside' ? [undefined] : nodesOf(residents, to)
  const all = sources.flatMap((source) => targets.map((target) => ({ from: source, to: target })))
  // Inside one site nobody sends to himself; a node alone has nobody else.
  const apart = all.filter((pair) => pair.from !== pair.to)
  const pairs = apart.length > 0 ? apart : all
  const share = times(bytes, fraction(1n, BigInt(pairs.length)))
  return pairs.map((pair) => ({ ...pair, bytes: share }))
}

function nodesOf({ owned, sites }: Residents, end: End): readonly string[] {
  switch (end.kind) {
    case 'outside':
      throw new Error('what comes from outside is not in the network; name a node, a site or a prefix as `from`')
    case 'node':
      if (!owned.has(end.name)) throw new Error(`there is no node ${end.name}`)
      return [end.name]
    case 'site': {
      const members = sites.get(end.name)
      if (members === undefined) throw new Error(`there is no site ${end.name}`)
      return members
    }
    case 'prefix':
      return ownersOf(owned, end.prefix)
  }
}

/** Whose prefix holds it; or all who own parts of it. */
function ownersOf(owned: Residents['owned'], asked: Prefix): readonly string[] {
  let best = -1
  let holder: string | undefined
  const parts = new Set<string>()
  for (const [name, prefixes] of owned)
    for (const prefix of prefixes) {
      if (containsPrefix(prefix, asked) && prefix.length > best) [best, holder] = [prefix.length, name]
      else if (overlaps(prefix, asked)) parts.add(name)
    }
  if (holder !== undefined) return [holder]
  if (parts.size === 0) throw new Error(`no node owns ${formatPrefix(asked)}`)
  return [...parts]
}

/** As much from every node to every other. Nodes that fare alike stand for each other, so that thousands of nodes are a few flows. */
export function flowsOfAllPairs({ groups }: Pick<Ways, 'groups'>, bytes: Fraction): readonly Flow[] {
  const known = new Map<number, Fraction>()
  const timesBytes = (count: number): Fraction => {
    const product = known.get(count) ?? times(bytes, fraction(BigInt(count)))
    known.set(count, product)
    return product
  }
  return groups.flatMap((sources) =>
    groups.flatMap((targets) => {
      const [from] = sources
      const to = targets === sources ? targets[1] : targets[0]
      if (from === undefined || to === undefined) return []
      const count = sources.length * (targets === sources ? targets.length - 1 : targets.length)
      return [{ from, to, bytes: timesBytes(count) }]
    }),
  )
}
