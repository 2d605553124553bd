// Who speaks for a site: the first so many nodes by wish, then by having an endpoint, then by name. A slot that was granted stays
// with its holder, because a slot that moves changes ports and devices at every other site.
import type { Node } from '../model/index.ts'

export type Candidate = { readonly node: Node; readonly grantedSlot: number | undefined }

/** The slots 1 … `count` of a site, by name of their holders. Empty: the site speaks to nobody. */
export function planGateways(members: readonly Candidate[], count: number): ReadonlyMap<string, number> {
  const slots = new Map<string, number>()
  const free = new Set(Array.from({ length: count }, (_, index) => index + 1))
  // Members ascend by name: of two with one slot the first keeps it.
  for (const { node, grantedSlot } of members)
    if (grantedSlot !== undefined && node.gateway !== 'never' && free.delete(grantedSlot))
      slots.set(node.name, grantedSlot)
  for (const slot of free) {
    const best = bestOf(members, slots)
    if (best === undefined) break
    slots.set(best.name, slot)
  }
  return slots
}

function bestOf(members: readonly Candidate[], taken: ReadonlyMap<string, number>): Node | undefined {
  let best: Node | undefined
  for (const { node } of members)
    if (node.gateway !== 'never' && !taken.has(node.name) && (best === undefined || byRank(node, best) < 0)) best = node
  return best
}

const WISH = { prefer: 0, allow: 1, never: 2 } as const

function byRank(a: Node, b: Node): number {
  const wish = WISH[a.gateway] - WISH[b.gateway]
  if (wish !== 0) return wish
  const endpoint = Number(a.endpoint === undefined) - Number(b.endpoint === undefined)
  if (endpoint !== 0) return endpoint
  return a.name < b.name ? -1 : 1
}
