// A cluster whose controller manager gives nodes no pod prefixes: Damask's own controller does.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { containsPrefix, parsePrefix } from '../../src/model/index.ts'
import { clusterRemains } from './cluster-record.ts'
import { type DamaskCluster, startDamaskCluster } from './damask-cluster.ts'
import { deployWeb } from './web.ts'
import { reaches, type WebPod, webPods } from './web-pod.ts'
import { wipeState } from './wiped-state.ts'

const NODES = ['aws-1', 'gcp-1']

type MeshNode = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly podPrefixes?: readonly string[] }
  readonly granted?: { readonly podPrefixes?: readonly string[] }
}

describe('where the cluster gives nodes no pod prefixes', () => {
  let cluster: DamaskCluster
  beforeAll(async () => {
    cluster = await startDamaskCluster({ nodes: NODES, allocatePodPrefixes: false })
    await deployWeb(cluster)
    await cluster.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s')
    await cluster.kubectl('rollout', 'status', 'daemonset/web', '--timeout=120s')
  })
  afterAll(async () => {
    if (cluster === undefined) return
    await cluster.close()
    expect(clusterRemains(cluster.id)).toEqual([])
  })

  const granted = async (): Promise<ReadonlyMap<string, readonly string[]>> => {
    const { items } = await cluster.get<{ items: MeshNode[] }>('meshnodes')
    for (const { spec } of items) expect(spec).not.toHaveProperty('podPrefixes')
    return new Map(items.map(({ metadata, granted }) => [metadata.name, granted?.podPrefixes ?? []]))
  }
  const pods = async (count: number): Promise<readonly WebPod[]> => {
    await expect.poll(async () => (await webPods(cluster)).size).toBe(count)
    return [...(await webPods(cluster)).values()]
  }

  /** Every pod's addresses are its node's, and all reach all. */
  async function expectPodsInGrants(count: number): Promise<void> {
    const grants = await granted()
    const all = await pods(count)
    for (const { node, addresses } of all) {
      const prefixes = (grants.get(node) ?? []).map(parsePrefix)
      const inside = addresses.map((address) => {
        const host = parsePrefix(`${address}/${address.includes(':') ? 128 : 32}`)
        return prefixes.findIndex((prefix) => containsPrefix(prefix, host))
      })
      expect(inside, `${node}: ${addresses} in ${grants.get(node)}`).toEqual([0, 1])
    }
    for (const from of all)
      for (const to of all)
        await expect.poll(() => reaches(from, to), { message: `${from.node} ${to.node}` }).toBe(true)
  }

  test('the controller grants each its own, pods have addresses of them and reach each other', async () => {
    const prefixes = [...(await granted()).values()].flat()
    expect(prefixes.sort()).toEqual(['10.42.0.0/24', '10.42.1.0/24', 'fd42:42:0:1::/64', 'fd42:42::/64'])
    await expectPodsInGrants(NODES.length)
  })

  test('who joins is granted what is free, and nobody else is granted anything else', async () => {
    const before = await granted()
    await cluster.join('home-1')
    await expect.poll(granted).toEqual(new Map([...before, ['home-1', ['10.42.2.0/24', 'fd42:42:0:2::/64']]]))
    await expectPodsInGrants(NODES.length + 1)
  })

  test('a machine that was deleted, and set up anew, is granted anew: what became free is taken last', async () => {
    const before = await granted()
    await cluster.node('home-1').powerOff()
    wipeState(cluster.node('home-1'))
    await cluster.kubectl('delete', 'node', 'home-1')
    await expect.poll(async () => [...(await granted()).keys()]).toEqual(NODES)
    await cluster.join('home-1')
    await expect.poll(granted).toEqual(new Map([...before, ['home-1', ['10.42.3.0/24', 'fd42:42:0:3::/64']]]))
    await expectPodsInGrants(NODES.length + 1)
  })
})
