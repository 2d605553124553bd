// One change to a network that was proved: to its world, which is planned anew from the plan before, or to what one machine holds.
import fc from 'fast-check'
import { type Entry, type Node, nthAddress, type Prefix, parsePrefix, type World } from '../../src/model/index.ts'
import { type Plan, planNode, preparePlan } from '../../src/planner/index.ts'
import { deriveUnderlay, factsOf, type NetworkInput } from '../../src/verifier/index.ts'
import { keyOfNumber, resolvedHostsOf } from './random-world.ts'

export const CHANGE_KINDS = [
  'pods added',
  'pods removed',
  'pods replaced',
  'endpoint',
  'key',
  'private address',
  'gateway preference',
  'route deleted',
  'allowed IP removed',
  'chain altered',
  'element removed',
  'MTU',
  'none',
] as const

export type RandomChange = {
  readonly kind: (typeof CHANGE_KINDS)[number]
  readonly node: number
  readonly entry: number
}

export const changes: fc.Arbitrary<RandomChange> = fc.record({
  kind: fc.constantFrom(
    ...CHANGE_KINDS,
    ...(['pods added', 'pods removed', 'pods replaced', 'allowed IP removed', 'element removed'] as const),
  ),
  node: fc.nat(1000),
  entry: fc.nat(10_000),
})

/** Its machine has pods of both families after it as before. */
export const isOfPods = ({ kind }: RandomChange): boolean => kind === 'pods added' || kind === 'pods replaced'

export function planned(world: World, before?: Plan): { readonly plan: Plan; readonly input: NetworkInput } {
  const { underlay, resolvedHosts } = deriveUnderlay(world, new Map(Object.entries(resolvedHostsOf(world))))
  const plan = preparePlan(world, before)
  const states = [...world.nodes.keys()].map((name) => planNode(plan, name, { pods: [], resolvedHosts }))
  return { plan, input: { states, facts: factsOf(world), underlay } }
}

export function changedWorld(world: World, { kind, node: nth, entry }: RandomChange): World {
  const names = [...world.nodes.keys()]
  const name = names[nth % names.length] ?? ''
  const node = world.nodes.get(name)
  if (node === undefined) return world
  const withNode = (change: Partial<Node>): World => ({
    ...world,
    nodes: new Map([...world.nodes].map(([other, own]) => [other, other === name ? { ...own, ...change } : own])),
  })
  const status = world.statuses.get(name)
  const withStatus = (change: Partial<NonNullable<typeof status>>): World => ({
    ...world,
    statuses: new Map([...world.statuses, [name, { ...(status ?? { name }), ...change }]]),
  })
  const { podPrefixes, endpoint, privateAddresses } = node
  switch (kind) {
    case 'pods added':
      return withNode({ podPrefixes: [...podPrefixes, prefixNumber(world, entry)] })
    case 'pods removed':
      return withNode({ podPrefixes: podPrefixes.filter((_, place) => place !== entry % podPrefixes.length) })
    case 'pods replaced':
      return withNode({
        podPrefixes: podPrefixes.map((prefix, place) =>
          place === entry % podPrefixes.length ? prefixNumber(world, entry, prefix) : prefix,
        ),
      })
    case 'endpoint':
      return endpoint ? withNode({ endpoint: { ...endpoint, port: endpoint.port + 1 + (entry % 9) } }) : world
    case 'key':
      return withStatus({ publicKey: keyOfNumber(100 + (entry % 50)) })
    case 'private address': {
      const [first, ...rest] = privateAddresses
      return first === undefined
        ? world
        : withNode({
            privateAddresses: [{ ...first, address: { ...first.address, w0: first.address.w0 + 100 } }, ...rest],
          })
    }
    case 'gateway preference':
      return withNode({ gateway: (['prefer', 'allow', 'never'] as const)[entry % 3] ?? 'allow' })
    case 'MTU':
      return withStatus({ underlayMtuBytes: 1500 - (entry % 3) * 50 })
    default:
      return world
  }
}

/** Some next to those of other machines, so that lists merge and split; some apart. */
function prefixNumber({ network }: World, entry: number, like?: Prefix): Prefix {
  const ranges = network.podPrefixes.filter(({ family }) => like === undefined || family === like.family)
  const range = ranges[entry % Math.max(1, ranges.length)] ?? parsePrefix('10.42.0.0/16')
  const number = entry % 2 === 0 ? 20 + (entry % 12) : 200 + (entry % 40)
  const length = range.family === 4 ? 24 : 64
  return { ...nthAddress(range, BigInt(number) << BigInt(range.family === 4 ? 8 : 64)), length }
}

/** What one machine holds is changed; nothing, for the kinds that change the world. */
export function changedStates(input: NetworkInput, { kind, node, entry: nth }: RandomChange): NetworkInput {
  const states = [...input.states]
  const at = node % states.length
  const state = states[at]
  const wanted: Entry['kind'] | undefined = (
    {
      'route deleted': 'route',
      'allowed IP removed': 'wireguard-peer',
      'chain altered': 'filter-table',
      'element removed': 'filter-table',
    } as const
  )[kind as string]
  if (state === undefined || wanted === undefined) return input
  const candidates = state.parts.flat().filter((entry) => entry.kind === wanted)
  const chosen = candidates[nth % Math.max(1, candidates.length)]
  const parts = state.parts.map((part) =>
    chosen !== undefined && part.includes(chosen)
      ? part.flatMap((entry) => (entry === chosen ? alteredEntry(entry, kind, nth) : [entry]))
      : part,
  )
  states[at] = { ...state, parts }
  return { ...input, states }
}

function alteredEntry(entry: Entry, kind: RandomChange['kind'], nth: number): readonly Entry[] {
  switch (entry.kind) {
    case 'wireguard-peer':
      return [{ ...entry, allowedIps: entry.allowedIps.filter((_, place) => place !== nth % entry.allowedIps.length) }]
    case 'filter-table':
      if (kind === 'chain altered')
        return [{ ...entry, chains: entry.chains.filter((_, place) => place !== nth % entry.chains.length) }]
      return [
        {
          ...entry,
          sets: entry.sets.map((set, place) =>
            place === nth % entry.sets.length
              ? { ...set, elements: set.elements.filter((_, number) => number !== nth % set.elements.length) }
              : set,
          ),
        },
      ]
    default:
      return []
  }
}
