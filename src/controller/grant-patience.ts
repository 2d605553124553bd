// How long a node waits for pod prefixes of the cluster before it is granted some: where Kubernetes allocates them, it does so a moment
// after the Node appears, and a grant in between would be of no use and do harm.
import type { CoreNode } from './core-node.ts'

/** Where no Node of the cluster has any: most likely nobody allocates them. */
const SHORT_MS = 5000
/** Where others have theirs. */
const LONG_MS = 60_000

export type GrantPatience = {
  readonly judge: (nodes: readonly CoreNode[]) => (node: CoreNode) => boolean
  /** Until the next of those that were judged may be granted some. */
  readonly pauseMs: () => number | undefined
}

export function createGrantPatience(now: () => number): GrantPatience {
  /** By uid. What the server's clock says of its age counts only where that is more. */
  let firstSeen = new Map<string, number>()
  let soonest: number | undefined
  return {
    judge(nodes) {
      const at = now()
      firstSeen = new Map(nodes.map((node) => [node.uid, firstSeen.get(node.uid) ?? at]))
      soonest = undefined
      const patience = nodes.some(({ podPrefixes }) => podPrefixes.length > 0) ? LONG_MS : SHORT_MS
      return ({ uid, createdAt }) => {
        const created = Date.parse(createdAt)
        const since = Math.min(firstSeen.get(uid) ?? at, Number.isNaN(created) ? at : created)
        const end = since + patience
        if (at >= end) return true
        soonest = Math.min(soonest ?? Infinity, end)
        return false
      }
    },
    pauseMs: () => (soonest === undefined ? undefined : Math.max(0, soonest - now())),
  }
}
