// Which of several ways carries anything at the moment. Liveness only ever narrows a choice: where nothing seems alive,
// everything is tried, because what looks dead may be the probe's fault.
import type { Liveness } from '../model/index.ts'
import type { PlannedNode } from './site.ts'

export const isAlive = (liveness: Liveness | undefined, { node: a }: PlannedNode, { node: b }: PlannedNode): boolean =>
  liveness === undefined ||
  !(
    liveness.deadNodes.includes(a.name) ||
    liveness.deadNodes.includes(b.name) ||
    liveness.deadLegs.some(([x, y]) => (x === a.name && y === b.name) || (x === b.name && y === a.name))
  )

/** Those that are alive; all, where none is. */
export function aliveOrAll<Item>(items: readonly Item[], test: (item: Item) => boolean): readonly Item[] {
  const alive = items.filter(test)
  return alive.length > 0 ? alive : items
}
