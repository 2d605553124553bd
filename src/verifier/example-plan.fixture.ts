// The plans of a world file, compiled for the walker, and what a test wants to see of its pairs.
import { type Family, formatAddress, type NodeState, nthAddress, type World } from '../model/index.ts'
import { planNode, preparePlan } from '../planner/index.ts'
import { readWorld } from '../store/index.ts'
import {
  type CompiledNetwork,
  compileNetwork,
  deriveUnderlay,
  factsOf,
  type Trace,
  traceProbe,
  type Underlay,
} from './index.ts'
import type { ProbeEnd } from './trace.ts'

export type ExamplePlan = {
  readonly world: World
  readonly states: readonly NodeState[]
  readonly underlay: Underlay
  readonly network: CompiledNetwork
}

export function planOf(
  world: World,
  change: {
    readonly states?: (states: readonly NodeState[]) => readonly NodeState[]
    readonly underlay?: (underlay: Underlay) => Underlay
  } = {},
  hosts?: ReadonlyMap<string, readonly ReturnType<typeof nthAddress>[]>,
): ExamplePlan {
  const derived = deriveUnderlay(world, hosts)
  const plan = preparePlan(world)
  const planned = [...world.nodes.keys()].map((name) =>
    planNode(plan, name, { pods: [], resolvedHosts: derived.resolvedHosts }),
  )
  const states = change.states?.(planned) ?? planned
  const underlay = change.underlay?.(derived.underlay) ?? derived.underlay
  return { world, states, underlay, network: compileNetwork({ states, facts: factsOf(world), underlay }) }
}

export async function examplePlan(path: string): Promise<ExamplePlan> {
  const { world, lab } = await readWorld([path])
  if (world === undefined) throw new Error(`${path} is no world`)
  return planOf(world, {}, lab?.hosts)
}

export type PairEnd = Exclude<ProbeEnd, { kind: 'outside' }> & { readonly address: ReturnType<typeof nthAddress> }

/** A pod of every pod prefix; the machines themselves where there are no pods. */
export function endsOf({ world, states }: ExamplePlan, family: Family): PairEnd[] {
  const pods = [...world.nodes.values()].flatMap(({ name, podPrefixes }) =>
    podPrefixes
      .filter((one) => one.family === family)
      .map((prefix) => ({ kind: 'pod' as const, node: name, address: nthAddress(prefix, 9) })),
  )
  if (pods.length > 0) return pods
  return states.flatMap(({ node, gatewayAddresses }) => {
    const address = (world.network.lan && world.nodes.get(node)?.lan) ?? gatewayAddresses[family]
    return address?.family === family ? [{ kind: 'host' as const, node, address }] : []
  })
}

export function allPairs(example: ExamplePlan): Trace[] {
  return ([4, 6] as const).flatMap((family) => {
    const ends = endsOf(example, family)
    return ends.flatMap((from) =>
      ends
        .filter((to) => to.node !== from.node)
        .map((to) => traceProbe(example.network, { from, to, protocol: 'icmp' })),
    )
  })
}

export function describeTrace({ probe, verdict, direction, forth, back }: Trace): string {
  const hops = (direction === 'forth' ? forth : back).map(({ hops: own }) =>
    own.map(({ node, from }) => `${from}@${node}`).join(' > '),
  )
  const why = 'reason' in verdict ? verdict.reason : ''
  return `${probe.from.node} -> ${probe.to.kind === 'outside' ? 'outside' : probe.to.node} ${formatAddress(probe.to.address)} ${direction}: ${verdict.kind} ${why} [${hops.join(' | ')}]`
}
