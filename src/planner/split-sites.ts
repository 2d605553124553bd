// Sites whose members cannot speak to each other: they share no family of private addresses, or no subnet where routes need one.
import { containsAddress, equalPrefixes, type Family, formatPrefix, prefixOf } from '../model/index.ts'
import type { PlanIssue } from './plan-issue.ts'
import type { PlannedSite } from './site.ts'
import { privateAddress } from './underlay-address.ts'

export function findSplitSites(sites: Iterable<PlannedSite>, podFamilies: readonly Family[]): PlanIssue[] {
  const issues: PlanIssue[] = []
  for (const site of sites) {
    const { name, fabric, nodes } = site
    if (nodes.length < 2) continue
    const apart = fabric.kind === 'direct' ? findApart(site) : undefined
    if (apart !== undefined) {
      const [one, other] = apart
      issues.push({
        severity: 'error',
        message: `site ${name} has fabric direct, and ${other} is not in the subnet of ${one} (spec.privateAddresses): a route has no next hop there; take vxlan`,
      })
      continue
    }
    const without = nodes.filter(({ node }) => privateAddress(node, 4) === undefined).map(({ node }) => node.name)
    if (without.length === 0) continue
    const isAll = without.length === nodes.length
    // IPv4 pods have no next hop on a private network that knows only IPv6.
    if (isAll && (fabric.kind === 'vxlan' || !podFamilies.includes(4))) continue
    issues.push({
      severity: 'error',
      message: isAll
        ? `site ${name} has IPv4 pods over ${fabric.kind} and no private IPv4 addresses: take fabric vxlan, or give its nodes spec.privateAddresses of IPv4`
        : `site ${name} has nodes without a private IPv4 address (${without.join(', ')}) beside nodes that have one: they cannot reach each other; give all of them one`,
    })
  }
  return issues
}

/** Two members of which the first does not have the second on its own link. */
function findApart({ nodes }: PlannedSite): readonly [string, string] | undefined {
  const members = nodes.flatMap(({ node }) => {
    const own = privateAddress(node, 4) ?? privateAddress(node, 6)
    return own === undefined
      ? []
      : [{ name: node.name, address: own.address, subnet: prefixOf(own.address, own.length) }]
  })
  const [first] = members
  if (first === undefined || members.every(({ subnet }) => equalPrefixes(subnet, first.subnet))) return undefined
  for (const one of new Map(members.map((member) => [formatPrefix(member.subnet), member])).values()) {
    const other = members.find(
      ({ address }) => address.family === one.address.family && !containsAddress(one.subnet, address),
    )
    if (other !== undefined) return [one.name, other.name]
  }
  return undefined
}
