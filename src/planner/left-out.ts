// Every prefix has one owner. Of private addresses and offered prefixes that several nodes claim, the first node by name keeps
// each; the others' claims are left out and said, and the plan goes on for all the rest.
import {
  type Family,
  formatPrefix,
  type Network,
  type Node,
  overlaps,
  type Prefix,
  type World,
} from '../model/index.ts'
import { type Claim, claimsOf } from './claims.ts'
import { gatewayAddressesOf } from './gateway-address.ts'
import type { PlanIssue } from './plan-issue.ts'

/** The claims of one node that do not count, as prefixes in text. */
export type LeftOut = ReadonlySet<string>

export type LeftOuts = { readonly byNode: ReadonlyMap<string, LeftOut>; readonly issues: readonly PlanIssue[] }

export function findLeftOut(world: World, families: readonly Family[], siteNameOf: (node: Node) => string): LeftOuts {
  const { network } = world
  const byNode = new Map<string, Set<string>>()
  const issues: PlanIssue[] = []
  const owners = new Map<string, Node>()
  const nodes = [...world.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const kinds: readonly (readonly Claim['kind'][])[] = [['lan'], ['private', 'offered']]
  for (const wanted of kinds)
    for (const node of nodes) {
      const fabric = world.sites.get(siteNameOf(node))?.fabric ?? network.fabric
      const gatewayAddresses = gatewayAddressesOf({ network, families, fabric }, node)
      for (const { prefix, kind, because } of claimsOf(network, gatewayAddresses, node)) {
        if (!wanted.includes(kind)) continue
        const text = formatPrefix(prefix)
        const owner = owners.get(text)
        const range = kind === 'lan' ? undefined : rangeOver(network, prefix)
        if (owner === undefined && range === undefined) {
          owners.set(text, node)
          continue
        }
        const texts = byNode.get(node.name) ?? new Set()
        byNode.set(node.name, texts.add(text))
        const why = range ? `it overlaps ${formatPrefix(range)} of the network` : `Node/${owner?.name} has it already`
        const message = `${because[0]?.field} of Node/${node.name}: ${text} is left out, because ${why}`
        issues.push({ severity: 'warning', message })
      }
    }
  return { byNode, issues }
}

/** Nothing may lie inside the pods' and services' ranges but what is theirs. */
const rangeOver = ({ podPrefixes, servicePrefixes }: Network, prefix: Prefix): Prefix | undefined =>
  [...podPrefixes, ...servicePrefixes].find((range) => overlaps(range, prefix))
