// Sites whose members cannot speak to each other, because they share no family of private addresses that the fabric can use.
import type { Family } from '../model/index.ts'
import type { PlanIssue } from './plan-issue.ts'
import type { PlannedSite } from './site.ts'
import { privateAddress } from './underlay-address.ts'

export function findSplitSites(sites: Iterable<PlannedSite>, podFamilies: readonly Family[]): PlanIssue[] {
  const issues: PlanIssue[] = []
  for (const { name, fabric, nodes } of sites) {
    if (nodes.length < 2) continue
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
