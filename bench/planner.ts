// The planner, without kernel or store: one node and all nodes of worlds of several sizes, every plan from a World that no plan
// was made of before; by the size of the network, by fabric, by the number of gateways and by what the network carries. Where two
// times are given, the second is with reading every entry (digest.ts).
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
    const { one, kinds, all, changes } = bench.isQuick ? QUICK : FULL
    const figures: Figure[] = []
    for (const { budget, ...scale } of one) figures.push(...(await planOne(bench, scale, budget)))
    for (const { budget, ...scale } of kinds) figures.push(...(await planKind(bench, scale, budget)))
    for (const { budget, ...scale } of all) figures.push(...(await planAll(bench, scale, budget)))
    for (const scale of changes) figures.push(...(await planAfterChange(bench, scale)))
    return figures
  },
}

type Case = Scale & { readonly budget?: number }
type Cases = {
  readonly one: readonly Case[]
  /** What is asked of the network, at one size. */
  readonly kinds: readonly Case[]
  readonly all: readonly Case[]
  readonly changes: readonly Scale[]
}

const SITES_OF_20 = { nodes: 1000, sites: 50 } as const
/** As many as a Site or the Network may ask for. */
const MOST_GATEWAYS = 16

const QUICK: Cases = {
  one: [
    { nodes: 60, sites: 4, families: 'both', budget: 5 },
    { nodes: 60, sites: 60, families: 'v4', budget: 15 },
  ],
  kinds: [
    { nodes: 60, sites: 4, fabric: 'wireguard', isCrossSubnet: true, gatewaysPerSite: 2 },
    { nodes: 60, sites: 4, addresses: 'lan' },
  ],
  all: [{ nodes: 60, sites: 4, families: 'both', budget: 1000 }],
  changes: [{ nodes: 60, sites: 4, families: 'both' }],
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
  kinds: [
    { ...SITES_OF_20 },
    { ...SITES_OF_20, fabric: 'none' },
    { ...SITES_OF_20, fabric: 'vxlan' },
    { ...SITES_OF_20, fabric: 'vxlan', isCrossSubnet: true },
    { ...SITES_OF_20, fabric: 'wireguard' },
    { ...SITES_OF_20, fabric: 'wireguard', isCrossSubnet: true },
    { ...SITES_OF_20, fabric: 'ipip', families: 'v4' },
    { ...SITES_OF_20, fabric: 'ipip', families: 'v4', isCrossSubnet: true },
    ...[2, 3, 4, MOST_GATEWAYS].map(
      (gatewaysPerSite) => ({ ...SITES_OF_20, fabric: 'vxlan', gatewaysPerSite }) as const,
    ),
    { ...SITES_OF_20, fabric: 'vxlan', addresses: 'lan' },
    { ...SITES_OF_20, fabric: 'vxlan', addresses: 'joined' },
    { nodes: 5000, sites: 50, gatewaysPerSite: 2, budget: 5 },
    { nodes: 5000, sites: 50, fabric: 'vxlan', gatewaysPerSite: 2, budget: 5 },
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
  changes: [
    { nodes: 5000, sites: 50, families: 'both' },
    { nodes: 5000, sites: 50, families: 'both', fabric: 'vxlan', gatewaysPerSite: 2 },
  ],
}

const WARM_UPS = 10

async function planOne({ isQuick }: Bench, scale: Scale, budget?: number): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const [role, index] of rolesIn(scale)) {
    const sampling = { runs: isQuick ? 3 : 25, warmUps: isQuick ? 2 : WARM_UPS, prepare: () => scaledWorld(scale) }
    const plain = await sample({ ...sampling, run: (world) => void planFresh(world, index) })
    const read = await sample({ ...sampling, run: (world) => void createDigest().add(planFresh(world, index)) })
    const name = `one ${role}, ${describe(scale)}`
    figures.push(figure(name, plain, { ...(budget !== undefined && { budget }) }), figure(`${name}, and read`, read))
  }
  return figures
}

async function planKind({ isQuick }: Bench, scale: Scale, budget?: number): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const [role, index] of rolesIn(scale)) {
    const sampling = { runs: isQuick ? 2 : 15, warmUps: isQuick ? 1 : WARM_UPS, prepare: () => scaledWorld(scale) }
    const times = await sample({ ...sampling, run: (world) => void planFresh(world, index) })
    figures.push(figure(`one ${role}, ${describe(scale)}`, times, { ...(budget !== undefined && { budget }) }))
  }
  return figures
}

const planFresh = (world: World, index: number): NodeState => planNode(preparePlan(world), nodeName(index), LOCAL)

/** The first node is a gateway of its site, the last one is not, unless it stands alone. */
const rolesIn = ({ nodes, sites }: Scale): readonly (readonly [string, number])[] =>
  sites === nodes
    ? [['node', 0]]
    : [
        ['gateway', 0],
        ['member', nodes - 1],
      ]

async function planAll({ isQuick }: Bench, scale: Scale, budget?: number): Promise<readonly Figure[]> {
  const names = Array.from({ length: scale.nodes }, (_, index) => nodeName(index))
  const planThem = (world: World, take: (state: NodeState) => void): void => {
    const plan = preparePlan(world)
    for (const name of names) take(planNode(plan, name, LOCAL))
  }
  const runs = isQuick ? 2 : scale.nodes > 1000 ? 3 : scale.nodes > 100 ? 5 : 10
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
  for (const [role, index] of rolesIn(scale)) {
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

function describe(scale: Scale): string {
  const {
    nodes,
    sites,
    families = 'both',
    fabric = 'direct',
    isCrossSubnet = false,
    gatewaysPerSite = 1,
    addresses,
  } = scale
  return [
    `${nodes.toLocaleString('en')} nodes`,
    sites === nodes ? 'full mesh' : `${sites} sites`,
    families === 'v4' ? 'IPv4' : 'IPv4+IPv6',
    ...(fabric === 'direct' ? [] : [`${fabric}${isCrossSubnet ? ' between subnets' : ''}`]),
    ...(gatewaysPerSite === 1 ? [] : [`${gatewaysPerSite} gateways a site`]),
    ...(addresses === undefined ? [] : [{ lan: 'virtual LAN', joined: 'private addresses joined' }[addresses]]),
  ].join(', ')
}
