// Who speaks for a site: by wish, then by having an endpoint, then by name. The first holds slot 1.
import type { PlannedNode } from './site.ts'

/** The gateways of a site in the order of their slots (the first holds slot 1). Empty: the site speaks to nobody. */
export function planGateways(members: readonly PlannedNode[]): readonly PlannedNode[] {
  let best: PlannedNode | undefined
  for (const planned of members) {
    if (planned.node.gateway === 'never') continue
    if (best === undefined || byRank(planned, best) < 0) best = planned
  }
  return best === undefined ? [] : [best]
}

const WISH = { prefer: 0, allow: 1, never: 2 } as const

function byRank(a: PlannedNode, b: PlannedNode): number {
  const wish = WISH[a.node.gateway] - WISH[b.node.gateway]
  if (wish !== 0) return wish
  const endpoint = Number(a.node.endpoint === undefined) - Number(b.node.endpoint === undefined)
  if (endpoint !== 0) return endpoint
  return a.node.name < b.node.name ? -1 : 1
}
