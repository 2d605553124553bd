// A planned world, compiled for the verifier: what `damask trace` walks through.
import type { NodeState } from '../model/index.ts'
import type { CompiledNetwork, Underlay } from '../verifier/index.ts'
import type { PlannedWorld } from './planned-world.ts'

export type WalkedPlan = {
  readonly states: readonly NodeState[]
  readonly underlay: Underlay
  readonly network: CompiledNetwork
}

/** Plans every node. The underlay is guessed from the world. */
export async function walkedPlan({ world, plan, lab }: PlannedWorld): Promise<WalkedPlan> {
  const [{ planNode }, { compileNetwork, deriveUnderlay, factsOf }] = await Promise.all([
    import('../planner/index.ts'),
    import('../verifier/index.ts'),
  ])
  const { underlay, resolvedHosts } = deriveUnderlay(world, lab?.hosts)
  const states = [...world.nodes.keys()].map((name) => {
    const link = underlay.hosts.get(name)?.link
    return planNode(plan, name, { pods: [], resolvedHosts, ...(link !== undefined && { underlay: { link } }) })
  })
  return { states, underlay, network: compileNetwork({ states, facts: factsOf(world), underlay }) }
}
