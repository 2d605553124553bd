// Who speaks for a site: the first so many nodes by wish, then by having an endpoint, then by name. A slot that was granted stays
// with its holder, because a slot that moves changes ports and devices at every other site.
import type { Node } from '../model/index.ts'

/** The slots 1 … `count` of a site, by name of their holders. Empty: the site speaks to nobody. */
export function planGateways(
  members: readonly Node[],
  grantedSlotOf: (node: Node) => number | undefined,
  count: number,
): ReadonlyMap<string, number> {
  const slots = new Map<string, number>()
  if (count === 1) {
    const holder =
      members.find((node) => node.gateway !== 'never' && grantedSlotOf(node) === 1) ?? bestOf(members, slots)
    return holder === undefined ? slots : slots.set(holder.name, 1)
  }
  const free = new Set(Array.from({ length: count }, (_, index) => index + 1))
  // Members ascend by name: of two with one slot the first keeps it.
  for (const node of members) {
    const slot = grantedSlotOf(node)
    if (slot !== undefined && node.gateway !== 'never' && free.delete(slot)) slots.set(node.name, slot)
  }
  for (const slot of free) {
    const best = bestOf(members, slots)
    if (best === undefined) break
    slots.set(best.name, slot)
  }
  return slots
}

function bestOf(members: readonly Node[], taken: ReadonlyMap<string, number>): Node | undefined {
  let best: Node | undefined
  for (const node of members)
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
