// A planned world, compiled for the verifier: what `damask trace` walks through.
import type { Lab, NodeState, World } from '../model/index.ts'
import type { Plan } from '../planner/index.ts'
import type { CompiledNetwork, Underlay, WorldFacts } from '../verifier/index.ts'
import type { PlannedWorld } from './planned-world.ts'

export type WalkedPlan = {
  readonly states: readonly NodeState[]
  readonly facts: WorldFacts
  readonly underlay: Underlay
  readonly network: CompiledNetwork
  /** What a Lab lacks to say how the networks below are: where there is any, they were guessed. */
  readonly labIssues: readonly string[]
}

/** Plans every node. The underlay is that of the Lab, else it is guessed from the world. */
export async function walkedPlan({ world, plan, lab }: PlannedWorld): Promise<WalkedPlan> {
  const [{ planNode }, { compileNetwork, factsOf }, { labIssues, planned, underlay, resolvedHosts }] =
    await Promise.all([import('../planner/index.ts'), import('../verifier/index.ts'), below(world, plan, lab)])
  const states = [...world.nodes.keys()].map((name) => {
    const link = underlay.hosts.get(name)?.link
    return planNode(planned, name, { pods: [], resolvedHosts, ...(link !== undefined && { underlay: { link } }) })
  })
  const facts = factsOf(world)
  return { states, facts, underlay, network: compileNetwork({ states, facts, underlay }), labIssues }
}

/** What is known of the networks below, with the plan of machines that stand there. */
async function below(world: World, plan: Plan, lab: Lab | undefined) {
  const { deriveUnderlay } = await import('../verifier/index.ts')
  const { underlay, resolvedHosts } = deriveUnderlay(world, lab?.hosts)
  if (lab === undefined) return { labIssues: [], planned: plan, underlay, resolvedHosts }
  const [{ layOut, layoutIssues, underlayOf, worldInClouds }, { preparePlan }] = await Promise.all([
    import('../lab/index.ts'),
    import('../planner/index.ts'),
  ])
  const labIssues = layoutIssues(world, lab)
  if (labIssues.length > 0) return { labIssues, planned: plan, underlay, resolvedHosts }
  const clouds = underlayOf(layOut(world, lab, NO_ID))
  return {
    labIssues,
    planned: preparePlan(worldInClouds(world, lab)),
    underlay: withOffered(clouds, world),
    resolvedHosts,
  }
}

/** Of a lab that is not up: it tells namespaces apart, and there are none. */
const NO_ID = '000000'

/** Behind the machines of a lab there is nothing; in a trace what they offer is. */
export const withOffered = (underlay: Underlay, { nodes }: World): Underlay => ({
  ...underlay,
  hosts: new Map(
    [...underlay.hosts].map(([name, host]) => [name, { ...host, behind: nodes.get(name)?.offeredPrefixes ?? [] }]),
  ),
})
