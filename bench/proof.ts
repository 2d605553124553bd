// The verifier: all pairs of planned networks of several sizes proved by classes, and a certificate of it checked. Plans are made
// before, and not measured.

import type { World } from '../src/model/index.ts'
import { type Plan, planNode, preparePlan } from '../src/planner/index.ts'
import {
  certificateOf,
  checkCertificate,
  deriveUnderlay,
  factsOf,
  type NetworkInput,
  type Proof,
  proveNetwork,
  reproveNetwork,
} from '../src/verifier/index.ts'
import type { Bench, Benchmark, Figure } from './benchmark.ts'
import { figure, sample } from './samples.ts'
import { nodeName, type Scale, scaledWorld, withChangedNode } from './scaled-world.ts'

export const proof: Benchmark = {
  name: 'proof',
  about: 'NodeStates -> how all pairs fare, by classes',
  needsRoot: false,
  async run(bench) {
    const figures: Figure[] = []
    for (const { budget, ...scale } of bench.isQuick ? QUICK : FULL)
      figures.push(...(await proveAll(bench, scale, budget)))
    return figures
  },
}

type Case = Scale & { readonly budget?: number }

const QUICK: readonly Case[] = [{ nodes: 60, sites: 4 }]
const FULL: readonly Case[] = [
  { nodes: 100, sites: 10 },
  { nodes: 500, sites: 10 },
  { nodes: 1000, sites: 10 },
  { nodes: 2000, sites: 20 },
  { nodes: 5000, sites: 50, budget: 5000 },
  { nodes: 5000, sites: 50, fabric: 'vxlan', gatewaysPerSite: 2, budget: 5000 },
  { nodes: 1000, sites: 1000, budget: 5000 },
]

async function proveAll(bench: Bench, scale: Scale, budget: number | undefined): Promise<readonly Figure[]> {
  const { isQuick, note } = bench
  const runs = isQuick ? 1 : 3
  const name = `${scale.nodes.toLocaleString('en')} nodes, ${scale.sites === scale.nodes ? 'full mesh' : `${scale.sites} sites`}${scale.fabric ? `, ${scale.fabric}, ${scale.gatewaysPerSite} gateways` : ''}`
  let memory: number[] = []
  const times = await sample({
    runs,
    warmUps: isQuick ? 0 : 1,
    prepare: () => inputOf(scale),
    run(input) {
      const before = process.memoryUsage().rss
      const { pairs, pairClasses } = proveNetwork(input)
      memory.push((process.memoryUsage().rss - before) / 1e6)
      if (memory.length === 1) note(`${name}: ${pairs.toLocaleString('en')} pairs in ${pairClasses.length} classes`)
    },
  })
  memory = memory.slice(-runs)
  const checks = await sample({
    runs,
    prepare() {
      const input = inputOf(scale)
      return { input, certificate: JSON.parse(JSON.stringify(certificateOf(proveNetwork(input), {}))) }
    },
    run: ({ input, certificate }) => {
      if (checkCertificate(certificate, input, {}).length > 0) throw new Error('its own certificate does not hold')
    },
  })
  const changed = await proveChanged(bench, scale, name, budget === undefined ? {} : { budget: 100 })
  return [
    figure(`all pairs, ${name}`, times, budget === undefined ? {} : { budget }),
    figure(`memory for it, ${name}`, memory, { unit: 'MB', ...(budget !== undefined && { budget: 1500 }) }),
    figure(`certificate checked, ${name}`, checks),
    ...changed,
  ]
}

/** The first node of the first site carries its packets; the last one its own alone. */
async function proveChanged(
  { isQuick, note }: Bench,
  scale: Scale,
  name: string,
  budget: { readonly budget?: number },
): Promise<readonly Figure[]> {
  const world = scaledWorld(scale)
  const { plan, input } = plannedOf(world)
  const before = proveNetwork(input)
  const figures: Figure[] = []
  for (const [what, node] of [
    ['gateway', nodeName(0)],
    ['other node', nodeName(scale.nodes - 1)],
  ] as const) {
    let proof: Proof = before
    const times = await sample({
      runs: isQuick ? 1 : 15,
      warmUps: isQuick ? 0 : 4,
      isOngoing: true,
      prepare: (run) => plannedOf(withChangedNode(world, node, run + 1), plan).input,
      run(changed) {
        proof = reproveNetwork(before, changed)
      },
    })
    note(`${name}, one ${what} changed: ${proof.isWhole ? 'all' : 'the pairs that it may touch'} proved again`)
    figures.push(figure(`one ${what} changed, proved again, ${name}`, times, budget))
  }
  return figures
}

const inputOf = (scale: Scale): NetworkInput => plannedOf(scaledWorld(scale)).input

function plannedOf(world: World, before?: Plan): { readonly plan: Plan; readonly input: NetworkInput } {
  const { underlay, resolvedHosts } = deriveUnderlay(world)
  const plan = preparePlan(world, before)
  const states = [...world.nodes.keys()].map((node) => planNode(plan, node, { pods: [], resolvedHosts }))
  return { plan, input: { states, facts: factsOf(world), underlay } }
}
