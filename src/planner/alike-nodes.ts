// Two members of one hardware address: neighbours of both families, and each other's packets, go astray.
import { memo } from './memo.ts'
import type { Plan } from './plan.ts'
import type { PlanIssue } from './plan-issue.ts'
import { bySeniority, type IsStanding } from './seniority.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { hardwareAddressOf, underlayAddress } from './underlay-address.ts'

export const findAlikeNodes = ({ sites }: Plan, isStanding: IsStanding): PlanIssue[] =>
  [...sites.values()].flatMap((site) => {
    const { name, fabric, nodes } = site
    if (fabric.kind !== 'vxlan' || !memo(site, 'alike', () => areAlike(site))) return []
    const owners = new Map<string, string>()
    return bySeniority(nodes, isStanding, ({ node }) => node.name).flatMap((planned): PlanIssue[] => {
      const own = hardwareAddress(planned)
      if (own === undefined) return []
      const other = owners.get(own)
      if (other === undefined) {
        owners.set(own, planned.node.name)
        return []
      }
      const message = `site ${name} has fabric vxlan, and the private addresses of Node/${other} and Node/${planned.node.name} make the same hardware address ${own}; give one of them another private address`
      return [{ severity: 'error', message, nodes: [planned.node.name] }]
    })
  })

function areAlike({ nodes }: PlannedSite): boolean {
  const all = nodes.map(hardwareAddress).filter((own) => own !== undefined)
  return new Set(all).size < all.length
}

function hardwareAddress({ node }: PlannedNode): string | undefined {
  const address = underlayAddress(node)
  return address && hardwareAddressOf(address)
}
