// Damask is replaced while its network is used: nothing of what pods say to each other is lost, and pods come and go meanwhile.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { clusterRemains } from './cluster-record.ts'
import { containerProcesses } from './container-processes.ts'
import { type DamaskCluster, startDamaskCluster } from './damask-cluster.ts'
import { startPodChurn } from './pod-churn.ts'
import { type PodPlace, podPlaces } from './pod-place.ts'
import { DROPPED_AT_MOST, startPodTraffic } from './pod-traffic.ts'
import { deployWeb } from './web.ts'

const NAMESPACE = '--namespace=damask-system'
const REGION = 'topology.kubernetes.io/region'
/** A machine that has much to do takes its time; what waits for a new tunnel or a new route takes longer. */
const LONGEST_GAP_MILLISECONDS = 2_000
/** `leaseDurationSeconds` is 15; others look every 2 s, and then the nodes are read. */
const LEASE_MILLISECONDS = 25_000

type Pod = {
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly spec: { readonly nodeName: string; readonly containers: readonly { readonly image: string }[] }
}
type MeshNode = { readonly metadata: { readonly name: string }; readonly granted?: { readonly site?: string } }
type Lease = { readonly spec: { readonly holderIdentity?: string } }

describe('four nodes in three clouds', () => {
  let cluster: DamaskCluster
  let pods: readonly PodPlace[]
  beforeAll(async () => {
    cluster = await startDamaskCluster()
    await deployWeb(cluster)
    await cluster.kubectl('rollout', 'status', 'daemonset/web', '--timeout=120s')
    pods = await podPlaces(cluster, 'app=web')
  })
  afterAll(async () => {
    if (cluster === undefined) return
    await cluster.close()
    expect(clusterRemains(cluster.id)).toEqual([])
  })

  const podsOf = async (workload: string): Promise<readonly Pod[]> =>
    (await cluster.get<{ items: Pod[] }>('pods', NAMESPACE, `--selector=app.kubernetes.io/name=${workload}`)).items
  const uidsOf = async (workload: string): Promise<readonly string[]> =>
    (await podsOf(workload)).map(({ metadata }) => metadata.uid).sort()
  const grants = async (): Promise<readonly object[]> =>
    (await cluster.get<{ items: MeshNode[] }>('meshnodes')).items.map(({ metadata: { name }, granted }) => ({
      name,
      ...granted,
    }))

  /** Under pings and streams between all pods, while others come and go. */
  async function withoutLoss(what: string, work: () => Promise<unknown>): Promise<void> {
    const traffic = await startPodTraffic(cluster, pods)
    const churn = startPodChurn(cluster, `http://${pods.at(-1)?.addresses[0]}/`)
    onTestFinished(async () => void (await Promise.allSettled([traffic.stop(), churn.stop()])))
    await work()
    const came = await churn.stop()
    const report = await traffic.stop()
    console.log(
      `${what}:\n${report.text}\n${came.pods} pods came and went, the slowest in ${came.slowestSeconds.toFixed(1)} s`,
    )
    expect(report.brokenStreams).toEqual([])
    expect(report.pingsLost).toBeLessThanOrEqual(DROPPED_AT_MOST)
    expect(report.longestGapMilliseconds).toBeLessThan(LONGEST_GAP_MILLISECONDS)
    expect(came.pods).toBeGreaterThanOrEqual(cluster.nodes.size)
  }

  test('lose nothing in a rolling restart of all agents', async () => {
    const [agents, keepers] = [await uidsOf('damask-agent'), await uidsOf('damask-wireguard-go')]
    await withoutLoss('a rolling restart', async () => {
      await cluster.kubectl('rollout', 'restart', 'daemonset/damask-agent', NAMESPACE)
      await cluster.kubectl('rollout', 'status', 'daemonset/damask-agent', NAMESPACE, '--timeout=240s')
    })
    expect((await uidsOf('damask-agent')).filter((uid) => agents.includes(uid))).toEqual([])
    expect(await uidsOf('damask-wireguard-go')).toEqual(keepers)
  })

  test('lose nothing in an upgrade, and the keepers of wireguard-go stay; who is granted which slot stays too', async () => {
    const [[agent], keepers, before] = [
      await podsOf('damask-agent'),
      await uidsOf('damask-wireguard-go'),
      await grants(),
    ]
    const old = agent?.spec.containers[0]?.image ?? ''
    const image = 'registry.example.com/damask:upgraded'
    for (const { run } of cluster.nodes.values()) await run('ctr', '--namespace=k8s.io', 'images', 'tag', old, image)
    await withoutLoss('an upgrade', async () => {
      expect(await cluster.damask('upgrade', '--image', image, '--timeout', '240')).toContain(`from ${image}`)
    })
    const imagesOf = async (workload: string): Promise<readonly string[]> => [
      ...new Set((await podsOf(workload)).map(({ spec }) => spec.containers[0]?.image ?? '')),
    ]
    expect(await imagesOf('damask-agent')).toEqual([image])
    expect(await imagesOf('damask-controller')).toEqual([image])
    expect(await imagesOf('damask-wireguard-go')).toEqual([old])
    expect(await uidsOf('damask-wireguard-go')).toEqual(keepers)
    expect(before).toContainEqual({ name: 'gcp-1', site: 'gcp', slot: 1 })
    expect(await grants()).toEqual(before)
  })

  const holder = async (): Promise<string> =>
    (await cluster.get<Lease>('lease', 'damask-controller', NAMESPACE)).spec.holderIdentity ?? ''
  const siteOf = async (name: string): Promise<string | undefined> =>
    (await cluster.get<MeshNode>('meshnode', name)).granted?.site

  /** What dies is at work; a label changes at that moment, and somebody follows it in the time of a lease. */
  async function followsLabel(site: string, die: (node: string) => Promise<unknown>): Promise<void> {
    await expect.poll(holder).not.toBe('')
    const before = await holder()
    const [node = ''] = before.split('_') // hostNetwork: a pod has its node's host name
    await die(node)
    await cluster.kubectl('label', 'node', 'home-1', '--overwrite', `${REGION}=${site}`)
    const changedAt = performance.now()
    await expect.poll(() => siteOf('home-1')).toBe(site)
    const took = performance.now() - changedAt
    console.log(`site ${site} ${Math.round(took)} ms after the label, by ${await holder()} after ${before}`)
    expect(took).toBeLessThan(LEASE_MILLISECONDS)
    expect(await holder()).not.toBe(before)
  }

  test("follow a label that changes while the leading controller's pod is deleted", () =>
    followsLabel('attic', async (node) => {
      const found = (await podsOf('damask-controller')).find(({ spec }) => spec.nodeName === node)
      await cluster.kubectl('delete', 'pod', found?.metadata.name ?? '', NAMESPACE, '--wait=false')
    }))

  test('follow a label that changes while the leading controller is killed, and gives nothing back', () =>
    followsLabel('cellar', async (node) => {
      const [pid, ...others] = containerProcesses(cluster, node, ['controller', '--kubernetes'])
      if (pid === undefined || others.length > 0) throw new Error(`${node} does not have one process of a controller`)
      process.kill(pid, 'SIGKILL')
    }))
})
