// Sites whose members cannot speak to each other: they share no family of private addresses, or no subnet where routes need one.
import { containsAddress, equalPrefixes, type Family, formatPrefix, prefixOf } from '../model/index.ts'
import { isMultiSubnet } from './acceptable.ts'
import type { PlanIssue } from './plan-issue.ts'
import type { PlannedSite } from './site.ts'
import { privateAddress } from './underlay-address.ts'

export const findSplitSites = (sites: Iterable<PlannedSite>, families: readonly Family[]): PlanIssue[] =>
  [...sites].flatMap((site) => {
    const message = site.nodes.length < 2 ? undefined : splitOf(site, families)
    return message === undefined ? [] : [{ severity: 'error' as const, message }]
  })

function splitOf(site: PlannedSite, families: readonly Family[]): string | undefined {
  const { name, fabric, nodes } = site
  const isBare = fabric.kind === 'direct' || fabric.kind === 'none'
  const apart = isBare ? findApart(site) : undefined
  if (apart !== undefined) {
    const way =
      fabric.kind === 'none'
        ? 'members send to their gateway by a route there, which has no next hop'
        : 'a route has no next hop there'
    return `site ${name} has fabric ${fabric.kind}, and ${apart[1]} is not in the subnet of ${apart[0]} (spec.privateAddresses): ${way}; take vxlan`
  }
  if (fabric.kind === 'ipip' && families.includes(6))
    return `site ${name} has fabric ipip, which carries no IPv6: take vxlan, or a network of IPv4 only`
  const without = nodes.filter(({ node }) => privateAddress(node, 4) === undefined).map(({ node }) => node.name)
  if (without.length === 0) return undefined
  const isAll = without.length === nodes.length
  // IPv4 pods have no next hop on a private network that knows only IPv6.
  const isCarried = !isBare && fabric.kind !== 'ipip' && (fabric.encapsulate === 'always' || isMultiSubnet(site))
  if (isAll && (isCarried || !families.includes(4))) return undefined
  return isAll
    ? `site ${name} has IPv4 pods over ${fabric.kind} and no private IPv4 addresses: take fabric vxlan, or give its nodes spec.privateAddresses of IPv4`
    : `site ${name} has nodes without a private IPv4 address (${without.join(', ')}) beside nodes that have one: they cannot reach each other; give all of them one`
}

/** Two members of which the first does not have the second on its own link, in a family in which both have an address. */
function findApart(site: PlannedSite): readonly [string, string] | undefined {
  return findApartIn(site, 4) ?? findApartIn(site, 6)
}

function findApartIn({ nodes }: PlannedSite, family: Family): readonly [string, string] | undefined {
  const members = nodes.flatMap(({ node }) => {
    const own = privateAddress(node, family)
    return own === undefined
      ? []
      : [{ name: node.name, address: own.address, subnet: prefixOf(own.address, own.length) }]
  })
  const [first] = members
  if (first === undefined || members.every(({ subnet }) => equalPrefixes(subnet, first.subnet))) return undefined
  for (const one of new Map(members.map((member) => [formatPrefix(member.subnet), member])).values()) {
    const other = members.find(({ address }) => !containsAddress(one.subnet, address))
    if (other !== undefined) return [one.name, other.name]
  }
  return undefined
}
