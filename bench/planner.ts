// The planner, without kernel or store: one node and all nodes of worlds of several sizes, every plan from a World that no plan
// was made of before. Each time is given twice, with and without reading every entry (digest.ts).
import type { Local, NodeState, World } from '../src/model/index.ts'
import { type Plan, planNode, preparePlan } from '../src/planner/index.ts'
import type { Bench, Benchmark, Figure } from './benchmark.ts'
import { createDigest } from './digest.ts'
import { figure, sample } from './samples.ts'
import { nodeName, type Scale, scaledWorld, withChangedNode } from './scaled-world.ts'

const LOCAL: Local = { underlay: { link: 'eth0' }, pods: [] }

export const planner: Benchmark = {
  name: 'planner',
  about: 'World -> NodeState, of one node and of all',
  needsRoot: false,
  async run(bench) {
    // Kilo needs a cluster to run; taken from its packages and timed once, without the rest of it, on 2026-11-21.
    bench.note(
      'for orientation: Kilo 0.7.0 made the view of one of 5,000 nodes in 6.2 ms (4 sites), 13.4 ms (full mesh)',
    )
    const { one, all, change } = bench.isQuick ? QUICK : FULL
    const figures: Figure[] = []
    for (const { budget, ...scale } of one) figures.push(...(await planOne(bench, scale, budget)))
    for (const { budget, ...scale } of all) figures.push(...(await planAll(bench, scale, budget)))
    figures.push(...(await planAfterChange(bench, change)))
    return figures
  },
}

type Case = Scale & { readonly budget?: number }
type Cases = { readonly one: readonly Case[]; readonly all: readonly Case[]; readonly change: Scale }

const QUICK: Cases = {
  one: [
    { nodes: 60, sites: 4, families: 'both', budget: 5 },
    { nodes: 60, sites: 60, families: 'v4', budget: 15 },
  ],
  all: [{ nodes: 60, sites: 4, families: 'both', budget: 1000 }],
  change: { nodes: 60, sites: 4, families: 'both' },
}

const FULL: Cases = {
  one: [
    { nodes: 100, sites: 4, families: 'v4' },
    { nodes: 1000, sites: 4, families: 'v4' },
    { nodes: 5000, sites: 4, families: 'v4' },
    { nodes: 100, sites: 50, families: 'v4' },
    { nodes: 1000, sites: 50, families: 'v4' },
    { nodes: 5000, sites: 50, families: 'v4', budget: 5 },
    { nodes: 5000, sites: 50, families: 'both', budget: 5 },
    { nodes: 5000, sites: 50, families: 'both', fabric: 'vxlan', budget: 5 },
    { nodes: 100, sites: 100, families: 'v4' },
    { nodes: 1000, sites: 1000, families: 'v4' },
    { nodes: 5000, sites: 5000, families: 'v4', budget: 15 },
    { nodes: 5000, sites: 5000, families: 'both', budget: 15 },
  ],
  all: [
    { nodes: 100, sites: 4, families: 'v4' },
    { nodes: 1000, sites: 4, families: 'v4' },
    { nodes: 5000, sites: 4, families: 'v4' },
    { nodes: 1000, sites: 50, families: 'v4' },
    { nodes: 5000, sites: 50, families: 'v4', budget: 1000 },
    { nodes: 5000, sites: 50, families: 'both', budget: 1000 },
    { nodes: 100, sites: 100, families: 'v4' },
    { nodes: 1000, sites: 1000, families: 'v4' },
  ],
  change: { nodes: 5000, sites: 50, families: 'both' },
}

const WARM_UPS = 10

/** The first node is its site's gateway, the last one is not, unless it stands alone. */
async function planOne({ isQuick }: Bench, scale: Scale, budget?: number): Promise<readonly Figure[]> {
  const isMesh = scale.sites === scale.nodes
  const roles = isMesh ? [['node', 0] as const] : [['gateway', 0] as const, ['member', scale.nodes - 1] as const]
  const figures: Figure[] = []
  for (const [role, index] of roles) {
    const planIt = (world: World): NodeState => planNode(preparePlan(world), nodeName(index), LOCAL)
    const sampling = { runs: isQuick ? 3 : 25, warmUps: isQuick ? 2 : WARM_UPS, prepare: () => scaledWorld(scale) }
    const plain = await sample({ ...sampling, run: (world) => void planIt(world) })
    const read = await sample({ ...sampling, run: (world) => void createDigest().add(planIt(world)) })
    const name = `one ${role}, ${describe(scale)}`
    figures.push(figure(name, plain, { ...(budget !== undefined && { budget }) }), figure(`${name}, and read`, read))
  }
  return figures
}

async function planAll({ isQuick }: Bench, scale: Scale, budget?: number): Promise<readonly Figure[]> {
  const names = Array.from({ length: scale.nodes }, (_, index) => nodeName(index))
  const planThem = (world: World, take: (state: NodeState) => void): void => {
    const plan = preparePlan(world)
    for (const name of names) take(planNode(plan, name, LOCAL))
  }
  const runs = isQuick ? 2 : scale.nodes > 1000 ? 5 : 10
  const sampling = { runs, warmUps: 1, prepare: () => scaledWorld(scale) }
  const plain = await sample({
    ...sampling,
    run(world) {
      const states: NodeState[] = [] // all at once, or the collector would make room for them
      planThem(world, (state) => states.push(state))
    },
  })
  const read = await sample({ ...sampling, run: (world) => planThem(world, createDigest().add) })
  const name = `all nodes, ${describe(scale)}`
  return [figure(name, plain, { ...(budget !== undefined && { budget }) }), figure(`${name}, and read`, read)]
}

/** What an agent has to do when somebody else's node got another prefix: it has the plan of the World before. */
async function planAfterChange({ isQuick }: Bench, scale: Scale): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const [role, index] of [['gateway', 0] as const, ['member', scale.nodes - 1] as const]) {
    let world = scaledWorld(scale)
    let plan: Plan = preparePlan(world)
    planNode(plan, nodeName(index), LOCAL)
    const changed = nodeName(Math.floor(scale.nodes / 2)) // of another site than both
    const times = await sample({
      runs: isQuick ? 3 : 25,
      warmUps: isQuick ? 2 : WARM_UPS,
      prepare: (run) => withChangedNode(world, changed, run),
      run(next) {
        plan = preparePlan(next, plan)
        planNode(plan, nodeName(index), LOCAL)
        world = next
      },
    })
    figures.push(figure(`a change elsewhere, one ${role}, ${describe(scale)}`, times, { budget: 5 }))
  }
  return figures
}

const describe = ({ nodes, sites, families = 'both', fabric = 'direct' }: Scale): string =>
  [
    `${nodes.toLocaleString('en')} nodes`,
    sites === nodes ? 'full mesh' : `${sites} sites`,
    families === 'v4' ? 'IPv4' : 'IPv4+IPv6',
    ...(fabric === 'direct' ? [] : [fabric]),
  ].join(', ')
