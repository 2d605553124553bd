// What is compared: a network as it stands or was planned, and as it would be.
import type { NodeState, World } from '../../model/index.ts'
import type { Underlay } from '../../verifier/index.ts'

export type DiffSide = {
  readonly world: World
  /** One for every node of the world; planned, or as kernels were seen to have it. */
  readonly states: readonly NodeState[]
  /** Where states were observed: what was planned for these nodes, which says where peers were configured to be, and why. */
  readonly planned?: readonly NodeState[]
  readonly underlay: Underlay
}

export const byNode = (states: Iterable<NodeState>): ReadonlyMap<string, NodeState> => {
  const found = new Map<string, NodeState>()
  for (const state of states) found.set(state.node, state)
  return found
}
