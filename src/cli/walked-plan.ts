// A planned world, compiled for the verifier: what `damask trace` walks through.
import type { Address, Lab, Local, NodeState, World } from '../model/index.ts'
import type { Plan } from '../planner/index.ts'
import type { CompiledNetwork, Underlay, WorldFacts } from '../verifier/index.ts'
import type { PlannedWorld } from './planned-world.ts'

export type PlannedBelow = {
  readonly states: readonly NodeState[]
  /** What the states were planned from: the world, in the clouds of the Lab where there is one. */
  readonly world: World
  readonly plan: Plan
  readonly resolvedHosts: NonNullable<Local['resolvedHosts']>
  readonly underlay: Underlay
  /** Sentences of what a Lab lacks to say how the networks below are: where there is any, they were guessed. */
  readonly guessed: readonly string[]
}

export type WalkedPlan = PlannedBelow & {
  readonly facts: WorldFacts
  readonly network: CompiledNetwork
}

/** What the networks below are guessed by, where no Lab says them. */
export type Guess = {
  /** Addresses of endpoints that are names; the others get stand-ins. */
  readonly hosts?: ReadonlyMap<string, readonly Address[]>
  /** The same machines, by whose sites it is guessed. */
  readonly from?: World
}

/** Plans every node. The underlay is that of the Lab, else it is guessed from the world. */
export async function walkedPlan(planned: PlannedWorld, guessedFrom?: World): Promise<WalkedPlan> {
  const hosts = planned.lab?.hosts
  const [{ compileNetwork, factsOf }, below] = await Promise.all([
    import('../verifier/index.ts'),
    plannedBelow(planned, { ...(hosts && { hosts }), ...(guessedFrom && { from: guessedFrom }) }),
  ])
  const facts = factsOf(planned.world)
  return { ...below, facts, network: compileNetwork({ ...below, facts }) }
}

/** The same without a network to walk in. */
export async function plannedBelow(
  { world, plan, lab }: Pick<PlannedWorld, 'world' | 'plan' | 'lab'>,
  { hosts, from = world }: Guess = {},
): Promise<PlannedBelow> {
  const [{ deriveUnderlay }, { planNode }] = await Promise.all([
    import('../verifier/index.ts'),
    import('../planner/index.ts'),
  ])
  const { underlay: derived, resolvedHosts } = deriveUnderlay(from, hosts)
  const clouds = lab === undefined ? { guessed: [] } : await cloudsOf(world, lab)
  const { underlay = derived, plan: planned = plan, guessed } = clouds
  const placed = clouds.world ?? world
  const states = [...world.nodes.keys()].map((name) => {
    const link = underlay.hosts.get(name)?.link
    return planNode(planned, name, { pods: [], resolvedHosts, ...(link !== undefined && { underlay: { link } }) })
  })
  return { states, world: placed, plan: planned, resolvedHosts, underlay, guessed }
}

type Clouds = {
  readonly underlay?: Underlay
  readonly world?: World
  readonly plan?: Plan
  readonly guessed: readonly string[]
}

/** The networks of the Lab, with the plan of machines that stand there. */
async function cloudsOf(world: World, lab: Lab): Promise<Clouds> {
  const [{ layOut, layoutIssues, underlayOf, worldInClouds }, { preparePlan }] = await Promise.all([
    import('../lab/index.ts'),
    import('../planner/index.ts'),
  ])
  const issues = layoutIssues(world, lab)
  if (issues.length > 0)
    return { guessed: issues.map((issue) => `the networks below are guessed, and not those of the Lab: ${issue}`) }
  const placed = worldInClouds(world, lab)
  return {
    underlay: withOffered(underlayOf(layOut(world, lab, NO_ID)), world),
    world: placed,
    plan: preparePlan(placed),
    guessed: [],
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
