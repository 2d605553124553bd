// The plans of a random world.
import fc from 'fast-check'
import {
  type Entry,
  entriesOf,
  type Liveness,
  type Local,
  type NodeState,
  type Route,
  type WireguardPeer,
  type World,
} from '../../src/model/index.ts'
import { type Plan, planNode, preparePlan } from '../../src/planner/index.ts'
import { type Picture, pictureOf } from './packet-picture.ts'
import { resolvedHostsOf, type Shape, shapes, sortedWorldOf } from './random-world.ts'

export type Planned = {
  readonly world: World
  readonly plan: Plan
  readonly states: ReadonlyMap<string, NodeState>
  readonly picture: Picture
}

export const localOf = (world: World, liveness?: Liveness, link?: string): Local => ({
  pods: [],
  resolvedHosts: resolvedHostsOf(world),
  ...(liveness && { liveness }),
  ...(link !== undefined && { underlay: { link } }),
})

/** `liveness`: what all of them think, or each. */
export function planned(world: World, liveness?: Liveness | ((node: string) => Liveness)): Planned {
  const plan = preparePlan(world)
  const viewOf = (name: string): Local => localOf(world, typeof liveness === 'function' ? liveness(name) : liveness)
  const states = new Map([...world.nodes.keys()].map((name) => [name, planNode(plan, name, viewOf(name))]))
  return { world, plan, states, picture: pictureOf(world, states) }
}

export const entries = (state: NodeState): Entry[] => [...entriesOf(state)]
export const routesOf = (state: NodeState): Route[] =>
  entries(state).filter((entry): entry is Route => entry.kind === 'route')
export const peersOf = (state: NodeState): WireguardPeer[] =>
  entries(state).filter((entry): entry is WireguardPeer => entry.kind === 'wireguard-peer')

/** As many worlds as a law is tried on; LAW_RUNS asks for more. */
export const RUNS = { numRuns: Number(process.env.LAW_RUNS ?? 150) }

export function everyWorld(check: (one: Planned) => void): void {
  fc.assert(
    fc.property(shapes, (shape: Shape) => check(planned(sortedWorldOf(shape)))),
    RUNS,
  )
}

export const everyState = (check: (state: NodeState, world: World) => void): void =>
  everyWorld(({ states, world }) => {
    for (const state of states.values()) check(state, world)
  })
