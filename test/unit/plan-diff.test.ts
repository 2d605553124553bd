// The pure parts of a comparison, on worlds made for them.
import { describe, expect, test } from 'vitest'
import { scaledWorld, withChangedNode } from '../../bench/scaled-world.ts'
import { adoptUnchanged, withWordOf } from '../../src/foresight/diff/adopt-world.ts'
import { comparePlans } from '../../src/foresight/diff/compare-plans.ts'
import type { EndPairs } from '../../src/foresight/diff/end-pairs.ts'
import type { EndKind } from '../../src/foresight/diff/ends.ts'
import { changesBetween } from '../../src/foresight/diff/node-changes.ts'
import type { Cell } from '../../src/foresight/diff/node-groups.ts'
import { groupPairs } from '../../src/foresight/diff/pair-groups.ts'
import type { DiffSide } from '../../src/foresight/diff/side.ts'
import type { Family, NodeState, Prefix, World } from '../../src/model/index.ts'
import {
  filterTable,
  keyOf,
  link,
  neighbour,
  nthAddress,
  parseAddress,
  parsePrefix,
  route,
  TABLE,
} from '../../src/model/index.ts'
import { planNode, preparePlan } from '../../src/planner/index.ts'
import { deriveUnderlay } from '../../src/verifier/index.ts'

const sideOf = (world: World): DiffSide => {
  const plan = preparePlan(world)
  const states = [...world.nodes.keys()].map((name) => planNode(plan, name))
  return { world, states, underlay: deriveUnderlay(world).underlay }
}

describe('a large network', () => {
  const world = scaledWorld({ nodes: 300, sites: 4, families: 'v4' })
  const side = sideOf(world)

  test('is compared pair by pair: of one node that changes, all that it gains', () => {
    const changed = sideOf(withChangedNode(world, 'node-000037', 1))
    const { changes, meaning, isLost } = comparePlans(side, changed)
    expect(changes.map(({ nodes }) => nodes.length)).toEqual([1, 3, 74, 222])
    // Of all others' pods and hosts with its second prefix of pods, and of that with the outside.
    const told = meaning.groups.map(({ example, pairs, to, isBothWays }) => ({
      difference: `${example.aspect} ${example.change}`,
      pairs,
      isBothWays,
      kinds: to.map(({ kind }) => kind),
    }))
    expect(told).toEqual([
      { difference: 'reach gained', pairs: 598, isBothWays: false, kinds: ['pod'] },
      { difference: 'reach gained', pairs: 599, isBothWays: false, kinds: ['pod', 'host', 'outside'] },
    ])
    // Pods and hosts, before or after, of 300 nodes, and the outside.
    expect(meaning.pairs).toBe(300 * 299 * 4 + 299 * 2 * 2 + 601)
    expect(isLost).toBe(false)
  })

  test('in which one pair of all is lost, between two that are like all others: it is found, and no other', () => {
    const [here, there] = ['node-000121', 'node-000242']
    const [prefix] = world.nodes.get(there)?.podPrefixes ?? []
    if (prefix === undefined) throw new Error('the world has pods everywhere')
    const upperHalf = { ...nthAddress(prefix, 128), length: 25 }
    const after = side.states.map((state) => (state.node === here ? withDropped(state, upperHalf) : state))
    const { meaning, isLost } = comparePlans(side, { ...side, states: after })
    const amongEachOther = [{ kind: 'pod', nodes: [here, there] }]
    expect(meaning.groups.map(({ from, to, pairs }) => ({ from, to, pairs }))).toEqual([
      { from: amongEachOther, to: amongEachOther, pairs: 2 },
    ])
    const [example] = meaning.groups.map((group) => group.example)
    expect(example).toMatchObject({
      aspect: 'reach',
      change: 'lost',
      before: { isReached: true },
      after: { verdict: { kind: 'dropped', node: here } },
    })
    expect(example?.to.next?.target.prefix).toEqual(upperHalf)
    expect(isLost).toBe(true)
    const asked = (node: string) => comparePlans(side, { ...side, states: after }, { node }).meaning
    expect(asked(there).groups).toHaveLength(1)
    expect(asked('node-000100')).toMatchObject({ groups: [], pairs: 299 * 2 * 4 + 4 + 2 })
  })
})

/** Lets no pod of the node reach these addresses. */
const withDropped = (state: NodeState, to: Prefix): NodeState => {
  const when = [{ kind: 'address', family: to.family, field: 'destination', in: to }] as const
  const rule = { when, verdict: { kind: 'drop' }, comment: 'odd' } as const
  const chain = { name: 'odd', type: 'filter', hook: 'forward', priority: 300, rules: [rule] } as const
  return { ...state, parts: [...state.parts, [filterTable({ name: 'odd', sets: [], chains: [chain], because: [] })]] }
}

describe('worlds that are read one after the other', () => {
  const world = scaledWorld({ nodes: 6, sites: 2 })
  const again: World = structuredClone(world)

  test('share what they say alike, so that plans share what is made of it', () => {
    const adopted = adoptUnchanged(again, world)
    expect(adopted.network).toBe(world.network)
    expect([...adopted.nodes.values()].every((node) => world.nodes.get(node.name) === node)).toBe(true)
    const other = adoptUnchanged(withChangedNode(again, 'node-000003', 1), world)
    expect(other.nodes.get('node-000003')).not.toBe(world.nodes.get('node-000003'))
    expect(other.nodes.get('node-000002')).toBe(world.nodes.get('node-000002'))
  })

  test('take from each other what only agents say, of nodes that they have, and nothing that they say themselves', () => {
    const bare: World = {
      ...world,
      statuses: new Map([...world.statuses].slice(0, 1).map(([name]) => [name, { name }])),
    }
    const { statuses } = withWordOf({ ...bare, nodes: new Map([...world.nodes].slice(0, 3)) }, world)
    expect([...statuses.keys()]).toEqual(['node-000000', 'node-000001', 'node-000002'])
    expect(statuses.get('node-000000')).toEqual({ name: 'node-000000' })
    expect(statuses.get('node-000001')).toBe(world.statuses.get('node-000001'))
  })
})

describe('changes of one node', () => {
  const world = scaledWorld({ nodes: 6, sites: 2, fabric: 'vxlan' })
  const stateOf = (of: World, name: string): NodeState => planNode(preparePlan(of), name)

  test('are none between two plans of one world', () => {
    expect(changesBetween({ from: stateOf(world, 'node-000001'), to: stateOf(world, 'node-000001') })).toEqual([])
  })

  test('are the same whether or not the two plans share their parts', () => {
    const changed = withChangedNode(world, 'node-000003', 1)
    const plan = preparePlan(world)
    for (const name of world.nodes.keys()) {
      const shared = changesBetween({ from: planNode(plan, name), to: planNode(preparePlan(changed, plan), name) })
      const apart = changesBetween({ from: stateOf(world, name), to: structuredClone(stateOf(changed, name)) })
      expect(shared.length).toBeGreaterThan(0)
      expect(shared.map(({ op, entry }) => [op, keyOf(entry)])).toEqual(
        apart.map(({ op, entry }) => [op, keyOf(entry)]),
      )
    }
  })

  test('of a link that is made anew are those of what stands on it too, though both plans share it', () => {
    const vxlan = (local: string) =>
      link({
        name: 'damask-vx',
        type: { kind: 'vxlan', networkIdentifier: 218, port: 8472, local: parseAddress(local) },
        mtuBytes: 1450,
        because: [],
      })
    const shared = [
      neighbour({
        link: 'damask-vx',
        address: parseAddress('fe80::1'),
        hardwareAddress: '02:00:00:00:00:01',
        because: [],
      }),
    ]
    const stateOn = (local: string): NodeState => ({ node: 'a', gatewayAddresses: {}, parts: [[vxlan(local)], shared] })
    const changes = changesBetween({ from: stateOn('10.0.0.1'), to: stateOn('10.0.0.2') })
    expect(changes.map(({ op, entry }) => `${op} ${entry.kind}`)).toEqual([
      'delete link',
      'create link',
      'create neighbour',
    ])
    expect(changesBetween({ from: stateOn('10.0.0.1'), to: stateOn('10.0.0.1') })).toEqual([])
  })

  test('are of routes that both plans share, where the node speaks by another address', () => {
    const target = { kind: 'link', link: 'damask-t1' } as const
    const shared = [
      route({ table: TABLE, to: parsePrefix('10.9.0.0/24'), target, source: 'gateway-address', because: [] }),
    ]
    const speaking = (by: string): NodeState => ({
      node: 'a',
      gatewayAddresses: { 4: parseAddress(by) },
      parts: [shared],
    })
    const changes = changesBetween({ from: speaking('10.1.0.1'), to: speaking('10.2.0.1') })
    expect(changes).toEqual([expect.objectContaining({ op: 'update' })])
  })

  test('take the reasons of what goes from the plan, where a kernel that was observed has none', () => {
    const because = [{ resource: 'Node/a', rule: 'it was there' }]
    const gone = route({ table: TABLE, to: parsePrefix('10.9.0.0/24'), target: { kind: 'unreachable' }, because })
    const stateWith = (entries: readonly (typeof gone)[]): NodeState => ({
      node: 'a',
      gatewayAddresses: {},
      parts: [entries],
    })
    const changes = changesBetween({
      from: stateWith([{ ...gone, because: [] }]),
      to: stateWith([]),
      planned: stateWith([gone]),
    })
    expect(changes).toEqual([{ op: 'delete', entry: gone }])
  })
})

describe('pairs that differ alike', () => {
  const cell = (names: string): Cell => ({ name: names, nodes: [...names].map((node) => ({ node, ends: [] })) })
  /** Cells are as many letters as they have nodes. */
  const pair = (from: string, to: string, family: Family = 4, kind: EndKind = 'pod'): EndPairs => ({
    from: { kind, node: from.slice(0, 1), family },
    to: { kind, node: to.slice(-1), family },
    fromNodes: cell(from),
    toNodes: cell(to),
    pairs: from === to ? from.length * (from.length - 1) : from.length * to.length,
  })
  const summary = (pairs: readonly EndPairs[]) =>
    groupPairs(pairs, () => 'alike').map(({ from, to, isBothWays, families, pairs: count }) => [
      from.flatMap(({ nodes }) => nodes).join(),
      isBothWays ? '<->' : '->',
      to.flatMap(({ nodes }) => nodes).join(),
      families.join(),
      count,
    ])
  const all = (names: string, others = names) =>
    [...names].flatMap((a) => [...others].filter((b) => b !== a).map((b) => pair(a, b)))

  test('among each other are one group, though nobody meets himself', () => {
    expect(summary(all('abcd'))).toEqual([['a,b,c,d', '<->', 'a,b,c,d', '4', 12]])
  })

  test('of one end with all others are one group, both ways', () => {
    expect(summary([...all('abc', 'x'), ...all('x', 'abc')])).toEqual([['a,b,c', '<->', 'x', '4', 6]])
    expect(summary(all('abc', 'x'))).toEqual([['a,b,c', '->', 'x', '4', 3]])
  })

  test('among each other and with others are two groups', () => {
    expect(summary([...all('ab', 'abxy'), ...all('xy', 'ab')])).toEqual([
      ['a,b', '<->', 'a,b', '4', 2],
      ['a,b', '<->', 'x,y', '4', 8],
    ])
  })

  test('are told apart by what they differ in, and by their families', () => {
    expect(summary([...all('ab'), pair('a', 'b', 6)])).toEqual([
      ['a', '->', 'b', '4,6', 2],
      ['b', '->', 'a', '4', 1],
    ])
    expect(groupPairs(all('abc'), ({ from }) => from.node)).toHaveLength(3)
  })

  test('of nodes that stand for each other are told of all of them', () => {
    expect(summary([pair('abc', 'xy'), pair('d', 'xy')])).toEqual([['a,b,c,d', '->', 'x,y', '4', 8]])
    expect(summary([pair('abc', 'abc'), pair('abc', 'd'), pair('d', 'abc')])).toEqual([
      ['a,b,c,d', '<->', 'a,b,c,d', '4', 12],
    ])
  })

  test('of two sets of nodes do not hold inside of one of them, where there nothing differs', () => {
    expect(summary([pair('ab', 'cd'), pair('cd', 'ab')])).toEqual([['a,b', '<->', 'c,d', '4', 8]])
  })
})
