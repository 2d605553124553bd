// The pure parts of a comparison, on worlds made for them.
import { describe, expect, test } from 'vitest'
import { scaledWorld, withChangedNode } from '../../bench/scaled-world.ts'
import { adoptUnchanged, withWordOf } from '../../src/foresight/diff/adopt-world.ts'
import { choosePairs } from '../../src/foresight/diff/choose-pairs.ts'
import { comparePlans } from '../../src/foresight/diff/compare-plans.ts'
import { type EndKind, type MatchedEnd, matchEnds } from '../../src/foresight/diff/ends.ts'
import { changesBetween } from '../../src/foresight/diff/node-changes.ts'
import { groupPairs } from '../../src/foresight/diff/pair-groups.ts'
import type { DiffSide } from '../../src/foresight/diff/side.ts'
import type { Family, NodeState, World } from '../../src/model/index.ts'
import { keyOf, link, neighbour, parseAddress, parsePrefix, route, TABLE } from '../../src/model/index.ts'
import { planNode, preparePlan } from '../../src/planner/index.ts'
import { deriveUnderlay } from '../../src/verifier/index.ts'

const sideOf = (world: World): DiffSide => {
  const plan = preparePlan(world)
  const states = [...world.nodes.keys()].map((name) => planNode(plan, name))
  return { world, states, underlay: deriveUnderlay(world).underlay }
}

describe('a large network', () => {
  const world = scaledWorld({ nodes: 240, sites: 4, families: 'v4' })
  const changed = withChangedNode(world, 'node-000037', 1)

  test('is compared by nodes that stand for those of their site that change alike, and says so', () => {
    const { changes, meaning, isLost } = comparePlans(sideOf(world), sideOf(changed))
    expect(changes.map(({ nodes }) => nodes.length)).toEqual([1, 3, 59, 177])
    expect(changes[0]?.nodes).toEqual(['node-000037'])
    expect(meaning.all).toBeGreaterThan(200_000)
    expect(meaning.walked).toBeLessThan(meaning.all / 10)
    const nodes = new Set(meaning.groups.flatMap(({ from }) => from.flatMap((set) => set.nodes)))
    expect(nodes).toContain('node-000037')
    expect(meaning.groups.map(({ example }) => `${example.aspect} ${example.change}`)).toEqual([
      'reach gained',
      'reach gained',
    ])
    expect(isLost).toBe(false)
  })

  test('has every kind of end of every site and every kind of change among those that are walked', () => {
    const ends = matchEnds(sideOf(world), sideOf(changed))
    const isSpecial = (node: string): string => (node === 'node-000037' ? 'special' : 'usual')
    const { pairs, all } = choosePairs(ends, isSpecial, { small: 0, most: 1000 })
    expect(all).toBeGreaterThan(pairs.length)
    const sites = new Set(pairs.map(({ from }) => from.site))
    expect(sites.size).toBe(4)
    expect(pairs.some(({ from, to }) => from.site === to.site && !`${from.node} ${to.node}`.includes('000037'))).toBe(
      true,
    )
    expect(pairs.some(({ from, to }) => from.node === 'node-000037' && to.kind === 'outside')).toBe(true)
    expect(choosePairs(ends.slice(0, 8), isSpecial, { small: 0, most: 1000 }).pairs.length).toBe(
      choosePairs(ends.slice(0, 8), isSpecial).all,
    )
  })
})

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
  const end = (kind: EndKind, node: string, family: Family = 4): MatchedEnd => ({ kind, node, family, site: 's' })
  const summary = (pairs: readonly { from: MatchedEnd; to: MatchedEnd }[]) =>
    groupPairs(pairs, () => 'alike').map(({ from, to, isBothWays, families, pairs: count }) => [
      from.flatMap(({ nodes }) => nodes).join(),
      isBothWays ? '<->' : '->',
      to.flatMap(({ nodes }) => nodes).join(),
      families.join(),
      count,
    ])
  const all = (names: string, others = names) =>
    [...names].flatMap((a) =>
      [...others].filter((b) => b !== a).map((b) => ({ from: end('pod', a), to: end('pod', b) })),
    )

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
    const v6 = { from: end('pod', 'a', 6), to: end('pod', 'b', 6) }
    expect(summary([...all('ab'), v6])).toEqual([
      ['a', '->', 'b', '4,6', 2],
      ['b', '->', 'a', '4', 1],
    ])
    expect(groupPairs(all('abc'), ({ from }) => from.node)).toHaveLength(3)
  })
})
