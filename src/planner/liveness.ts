// Which of several ways carries anything at the moment. Liveness only ever narrows a choice: where nothing seems alive,
// everything is tried, because what looks dead may be the probe's fault.
import type { Liveness } from '../model/index.ts'
import type { PlannedNode } from './site.ts'

/** True where the leg between the two carries packets, for all that is known. */
export type AliveTest = (one: PlannedNode, other: PlannedNode) => boolean

/** Undefined: all that there is counts as alive. A node whose key nobody knows yet has no leg that could carry anything. */
export function aliveTest(isKeyMissing: boolean, liveness: Liveness | undefined): AliveTest | undefined {
  if (liveness === undefined && !isKeyMissing) return undefined
  const dead = new Set(liveness?.deadNodes)
  const pairs = new Set((liveness?.deadLegs ?? []).flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]))
  const isNodeAlive = ({ node, status }: PlannedNode) => status?.publicKey !== undefined && !dead.has(node.name)
  return (one, other) => isNodeAlive(one) && isNodeAlive(other) && !pairs.has(`${one.node.name} ${other.node.name}`)
}

/** Those that are alive; all, where none is. */
export function aliveOrAll<Item>(items: readonly Item[], test: ((item: Item) => boolean) | undefined): readonly Item[] {
  const alive = test === undefined ? items : items.filter(test)
  return alive.length > 0 ? alive : items
}
