// Damask leaves a cluster, and comes back: nothing of it is left on a machine or in the API, and machines speak to each other meanwhile.
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { describePings, startPingsFrom } from '../lab/ping-stream.ts'
import { clusterRemains } from './cluster-record.ts'
import { containerProcesses } from './container-processes.ts'
import { type DamaskCluster, installDamask, startBareCluster } from './damask-cluster.ts'
import { type NodePicture, nodePicture } from './node-picture.ts'
import { type PodPlace, podPlaces } from './pod-place.ts'
import { startPodTraffic } from './pod-traffic.ts'
import { tryRun } from './run.ts'
import { deployWeb } from './web.ts'

const CLUSTER_WIDE =
  'namespaces,customresourcedefinitions,clusterroles,clusterrolebindings,priorityclasses,validatingadmissionpolicies,validatingadmissionpolicybindings,apiservices'

type Node = { readonly metadata: { readonly name: string; readonly labels: object; readonly annotations: object } }

describe('four nodes in three clouds', () => {
  let cluster: DamaskCluster
  let pods: readonly PodPlace[]
  /** Before Damask. */
  let machines: Readonly<Record<string, NodePicture>>
  let objects: readonly string[]
  let nodes: readonly object[]

  const pictures = async (): Promise<Readonly<Record<string, NodePicture>>> =>
    Object.fromEntries(
      await Promise.all([...cluster.nodes].map(async ([name, node]) => [name, await nodePicture(node)])),
    )
  const namesOfObjects = async (): Promise<readonly string[]> =>
    (await cluster.kubectl('get', CLUSTER_WIDE, '-o', 'name')).trim().split('\n').sort()
  const marksOfNodes = async (): Promise<readonly object[]> =>
    (await cluster.get<{ items: Node[] }>('nodes')).items.map(({ metadata: { name, labels, annotations } }) => ({
      name,
      labels,
      annotations,
    }))
  const privateAddressOf = (name: string): string => cluster.node(name).privateAddresses[0] ?? ''

  beforeAll(async () => {
    cluster = await startBareCluster()
    machines = await pictures()
    objects = await namesOfObjects()
    nodes = await marksOfNodes()
    await installDamask(cluster)
    await deployWeb(cluster)
    await cluster.kubectl('rollout', 'status', 'daemonset/web', '--timeout=120s')
    pods = await podPlaces(cluster, 'app=web')
  })
  afterAll(async () => {
    if (cluster === undefined) return
    await cluster.close()
    expect(clusterRemains(cluster.id)).toEqual([])
  })

  test('show in their pictures all kinds of things that damask makes', async () => {
    const [before, after] = [machines['aws-1'] ?? {}, (await pictures())['aws-1'] ?? {}]
    expect(Object.keys(before).filter((kind) => isDeepStrictEqual(before[kind], after[kind]))).toEqual([])
  })

  test('are as they were before damask, after damask uninstall under traffic, and machines of one cloud lost nothing', async () => {
    const traffic = await startPodTraffic(cluster, pods)
    const pings = startPingsFrom('aws-1 to aws-2', cluster.node('aws-1').enter, privateAddressOf('aws-2'), 10)
    onTestFinished(async () => void (await Promise.allSettled([traffic.stop(), pings.stop()])))
    await pings.flows
    expect(await cluster.damask('uninstall', '--timeout', '120')).toContain('damask is gone')
    const report = await pings.stop()
    console.log(describePings(report))
    expect(report.lost).toBe(0)
    await traffic.stop()
    expect(await pictures()).toEqual(machines)
    for (const name of cluster.nodes.keys()) expect(containerProcesses(cluster, name, ['wireguard-go'])).toEqual([])
    expect(await namesOfObjects()).toEqual(objects)
    expect(await marksOfNodes()).toEqual(nodes)
  })

  test('leave pods that ran without any network, and are not ready', async () => {
    await cluster.kubectl('wait', '--for=condition=Ready=false', 'nodes', '--all', '--timeout=60s')
    for (const { enter } of pods) {
      const { output } = await tryRun([...enter, 'ip', '-o', 'link', 'show'])
      expect(output).not.toContain('eth0')
    }
  })

  test('may have pods deleted while there is no plugin', async () => {
    await cluster.kubectl('delete', 'pod', pods[0]?.name ?? '', '--wait=false')
  })

  test('have nothing more to be taken away', async () => {
    expect(await cluster.damask('uninstall')).toBe('there is no damask in this cluster\n')
  })

  test('are a network again after damask install, once the pods are made anew', async () => {
    await installDamask(cluster)
    await cluster.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=60s')
    await cluster.kubectl('delete', 'pods', '--selector=app=web', '--timeout=120s')
    await cluster.kubectl('rollout', 'status', 'daemonset/web', '--timeout=120s')
    const anew = await podPlaces(cluster, 'app=web')
    for (const { name } of anew) {
      const urls = anew.flatMap(({ addresses }) =>
        addresses.map((ip) => `http://${ip.includes(':') ? `[${ip}]` : ip}/`),
      )
      expect((await cluster.exec(name, '/web', 'get', ...urls)).trim().split('\n')).toHaveLength(urls.length)
    }
  })
})
