// Sites whose members cannot speak to each other: they share no family of private addresses, or no subnet where routes need one.
import { containsAddress, type Family, formatPrefix, type Prefix, prefixOf } from '../model/index.ts'
import { isMultiSubnet } from './acceptable.ts'
import { memo } from './memo.ts'
import type { PlanIssue } from './plan-issue.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { privateAddress } from './underlay-address.ts'

export const findSplitSites = (sites: Iterable<PlannedSite>): PlanIssue[] => {
  const issues: PlanIssue[] = []
  for (const site of sites) {
    const message = site.nodes.length < 2 ? '' : memo(site, 'split', () => splitOf(site) ?? '')
    if (message !== '') issues.push({ severity: 'error', message })
  }
  return issues
}

function splitOf(site: PlannedSite): string | undefined {
  const { name, fabric, nodes, families } = site
  const isBare = fabric.kind === 'direct' || fabric.kind === 'none'
  const apart = isBare ? findApart(site) : undefined
  if (apart !== undefined) {
    const way =
      fabric.kind === 'none'
        ? 'members send to their gateway by a route there, which has no next hop'
        : 'a route has no next hop there'
    const common = commonSubnet(nodes)
    const first = common === undefined ? '' : `, or put the address in ${common}, which all of them have, first`
    return `site ${name} has fabric ${fabric.kind}, and ${apart[1]} is not in the subnet of ${apart[0]} (the first of each in spec.privateAddresses): ${way}; take vxlan${first}`
  }
  if (fabric.kind === 'ipip' && families.includes(6))
    return `site ${name} has fabric ipip, which carries no IPv6: take vxlan, or a network of IPv4 only`
  const without = nodes.flatMap(({ node }) => (privateAddress(node, 4) === undefined ? [node.name] : []))
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
  if (isOneSubnet(nodes, family)) return undefined
  const members = nodes.flatMap(({ node }) => {
    const own = privateAddress(node, family)
    return own === undefined
      ? []
      : [{ name: node.name, address: own.address, subnet: prefixOf(own.address, own.length) }]
  })
  for (const one of new Map(members.map((member) => [formatPrefix(member.subnet), member])).values()) {
    const other = members.find(({ address }) => !containsAddress(one.subnet, address))
    if (other !== undefined) return [one.name, other.name]
  }
  return undefined
}

/** A next hop is a member's first address: another that would do is of use only there. */
function commonSubnet(nodes: readonly PlannedNode[]): string | undefined {
  const ofEach = nodes.map(
    ({ node }) => new Set(node.privateAddresses.map(({ address, length }) => formatPrefix(prefixOf(address, length)))),
  )
  const [first, ...rest] = ofEach
  return [...(first ?? [])].find((subnet) => rest.every((subnets) => subnets.has(subnet)))
}

/** As in almost all sites. */
function isOneSubnet(nodes: readonly PlannedNode[], family: Family): boolean {
  let first: Prefix | undefined
  for (const { node } of nodes) {
    const own = privateAddress(node, family)
    if (own === undefined) continue
    first ??= prefixOf(own.address, own.length)
    if (own.length !== first.length || !containsAddress(first, own.address)) return false
  }
  return true
}
