// What the benchmarks say of their samples.
import { describe, expect, it } from 'vitest'
import { type Figure, verdictOf } from '../../bench/benchmark.ts'
import { createDigest } from '../../bench/digest.ts'
import { figure, percentile } from '../../bench/samples.ts'
import { nodeName, scaledWorld, withChangedNode } from '../../bench/scaled-world.ts'
import { type NodeState, statedSite } from '../../src/model/index.ts'
import { planNode, preparePlan } from '../../src/planner/index.ts'

describe('a figure', () => {
  it('gives the sample in the middle, and those that 95 and 99 of 100 do not exceed', () => {
    const samples = Array.from({ length: 100 }, (_, index) => 100 - index)
    expect([percentile(samples, 50), percentile(samples, 95)]).toEqual([50, 95])
    expect(percentile([7], 95)).toBe(7)
    expect(figure('it', [3, 1, 2])).toMatchObject({ median: 2, p95: 3, p99: 3, best: 1, runs: 3 })
    expect(figure('it', samples)).toMatchObject({ p95: 95, p99: 99 })
  })

  it('is within or over a number, the peer, or a share of the peer, by its median', () => {
    const measured = figure('it', [1, 5, 9], { peer: { name: 'peer', samples: [4, 4, 4] } })
    const verdicts = ([5, 4.9, 'below peer', { ofPeer: 1.25 }, { ofPeer: 1.2 }, undefined] as const).map((budget) =>
      verdictOf({ ...measured, ...(budget !== undefined && { budget }) } satisfies Figure),
    )
    expect(verdicts).toEqual(['within', 'over', 'over', 'within', 'over', undefined])
    for (const budget of ['below peer', { ofPeer: 0.5 }] as const)
      expect(verdictOf(figure('it', [1], { budget }))).toBeUndefined()
  })
})

describe('the measured worlds', () => {
  it('spread their nodes evenly over as many sites as asked, with prefixes no two of which are neighbours', () => {
    const { network, nodes } = scaledWorld({ nodes: 100, sites: 4 })
    const sites = [...nodes.values()].map((node) => statedSite(network, node))
    expect(sites.filter((site) => site === sites[0])).toHaveLength(25)
    expect(new Set(sites).size).toBe(4)
    expect(sites[0]).not.toBe(sites[1])
  })

  it('can be planned without a complaint, up to the largest', () => {
    for (const scale of [
      { nodes: 100, sites: 4 },
      { nodes: 5000, sites: 50, fabric: 'vxlan' },
      { nodes: 5000, sites: 5000, families: 'v4' },
      { nodes: 1000, sites: 50, fabric: 'none' },
      { nodes: 1000, sites: 50, fabric: 'wireguard', isCrossSubnet: true, gatewaysPerSite: 16 },
      { nodes: 1000, sites: 50, fabric: 'ipip', isCrossSubnet: true, families: 'v4' },
      { nodes: 1000, sites: 50, fabric: 'vxlan', addresses: 'lan' },
      { nodes: 1000, sites: 50, fabric: 'vxlan', addresses: 'joined' },
    ] as const)
      expect(preparePlan(scaledWorld(scale)).issues).toEqual([])
  })

  it('change at one node alone', () => {
    const world = scaledWorld({ nodes: 10, sites: 2 })
    const changed = withChangedNode(world, nodeName(3), 1)
    const others = [...world.nodes.keys()].filter((name) => changed.nodes.get(name) !== world.nodes.get(name))
    expect(others).toEqual([nodeName(3)])
    expect(changed.nodes.get(nodeName(3))?.podPrefixes).toHaveLength(3)
  })
})

describe('the digest', () => {
  const digestOf = (...states: readonly NodeState[]) => {
    const digest = createDigest()
    for (const state of states) digest.add(state)
    return { value: digest.value(), entries: digest.entries() }
  }
  const world = scaledWorld({ nodes: 12, sites: 3 })
  const stateOf = (of: typeof world, name: string) => planNode(preparePlan(of), name)

  it('hangs on what stands in a state, and not on which objects say it', () => {
    const state = stateOf(world, nodeName(0))
    expect(digestOf(stateOf(scaledWorld({ nodes: 12, sites: 3 }), nodeName(0)))).toEqual(digestOf(state))
    expect(digestOf(stateOf(withChangedNode(world, nodeName(4), 1), nodeName(0)))).not.toEqual(digestOf(state))
  })

  it('reads what several states share once', () => {
    const plan = preparePlan(world)
    const [a, b] = [planNode(plan, nodeName(0)), planNode(plan, nodeName(3))]
    expect(digestOf(a, a).entries).toBe(digestOf(a).entries)
    expect(digestOf(a, b).entries).toBeLessThan(digestOf(a).entries + digestOf(b).entries)
  })
})
