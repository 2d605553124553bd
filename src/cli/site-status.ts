// The sites of a cluster, in numbers, and who speaks for them.
import type { NodeStatusInCluster } from './cluster-status.ts'

export type SiteStatus = {
  readonly name: string
  readonly nodes: number
  readonly ready: number
  readonly gateways: readonly { readonly name: string; readonly slot?: number; readonly endpoint?: string }[]
  readonly pods: number
  /** Of its gateways, the latest. */
  readonly secondsSinceHandshake?: number
}

/** Ascending by name; nodes of which nobody knows the site are of none. */
export function describeSites(nodes: readonly NodeStatusInCluster[]): readonly SiteStatus[] {
  const bySite = Map.groupBy(nodes, ({ site }) => site ?? '')
  return [...bySite]
    .map(([name, members]): SiteStatus => {
      const gateways = members
        .filter(({ role }) => role === 'gateway')
        .toSorted((a, b) => (a.slot ?? 0) - (b.slot ?? 0) || (a.name < b.name ? -1 : 1))
      const ages = gateways.flatMap(({ secondsSinceHandshake }) => secondsSinceHandshake ?? [])
      return {
        name,
        nodes: members.length,
        ready: members.filter(({ isReady }) => isReady).length,
        gateways: gateways.map(({ name: gateway, slot, endpoint }) => ({
          name: gateway,
          ...(slot !== undefined && { slot }),
          ...(endpoint !== undefined && { endpoint }),
        })),
        pods: members.reduce((sum, { pods = 0 }) => sum + pods, 0),
        ...(ages.length > 0 && { secondsSinceHandshake: Math.min(...ages) }),
      }
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
