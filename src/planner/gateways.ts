// Who speaks for a site: by wish, then by having an endpoint, then by name. The first holds slot 1.
import type { PlanIssue } from './plan-issue.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

/** The gateways of a site in the order of their slots (the first holds slot 1). Empty: the site speaks to nobody. */
export function planGateways(site: PlannedSite, issues: PlanIssue[]): readonly PlannedNode[] {
  let best: PlannedNode | undefined
  for (const planned of site.nodes) {
    if (planned.node.gateway === 'never') continue
    if (best === undefined || byRank(planned, best) < 0) best = planned
  }
  if (best !== undefined) return [best]
  issues.push({
    severity: 'warning',
    message: `site ${site.name} has no gateway, because every node of it says spec.gateway: never; no other site reaches it`,
  })
  return []
}

const WISH = { prefer: 0, allow: 1, never: 2 } as const

function byRank(a: PlannedNode, b: PlannedNode): number {
  const wish = WISH[a.node.gateway] - WISH[b.node.gateway]
  if (wish !== 0) return wish
  const endpoint = Number(a.node.endpoint === undefined) - Number(b.node.endpoint === undefined)
  if (endpoint !== 0) return endpoint
  return a.node.name < b.node.name ? -1 : 1
}
