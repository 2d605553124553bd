// The API server is gone, or hangs: the network goes on, pods come and go on their nodes, and an agent that dies comes back from what it
// wrote down. What changes afterwards comes in.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { clusterRemains } from './cluster-record.ts'
import { containerProcesses } from './container-processes.ts'
import { type DamaskCluster, startDamaskCluster } from './damask-cluster.ts'
import { agentStatus } from './node-agent.ts'
import { type PodPlace, podPlaces } from './pod-place.ts'
import { DROPPED_AT_MOST, startPodTraffic } from './pod-traffic.ts'
import { run } from './run.ts'
import { removeSandbox, runSandbox } from './sandbox.ts'
import { WEB_IMAGE } from './stock-images.ts'
import { deployWeb } from './web.ts'

const AWAY_MILLISECONDS = Number(process.env.API_AWAY_SECONDS ?? 60) * 1000
/** Besides, things come and go, and the server comes back. */
const LIMIT_MILLISECONDS = AWAY_MILLISECONDS + 300_000
/** A machine that has much to do takes its time; what waits for a new tunnel or a new route takes longer. */
const LONGEST_GAP_MILLISECONDS = 2_000
/**
 * Agents ask a server that is away at least each 10 s, and wait 15 s for one that is just starting; and the machine may have much to do.
 */
const HEARD_AGAIN_MILLISECONDS = 60_000
/** What runtimes and kubelets take. */
const PATIENCE = { timeout: 60_000, interval: 200 }

const staticPod = (name: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'web', image: WEB_IMAGE, imagePullPolicy: 'Never' }],
    },
  })

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

  const eachAgent = <Value>(
    look: (status: Awaited<ReturnType<typeof agentStatus>>) => Value,
  ): Promise<readonly Value[]> =>
    Promise.all([...cluster.nodes.keys()].map(async (node) => look(await agentStatus(cluster, node))))

  /** Of a pod on that node, once it has one; by the part of its name that is ours. */
  async function addressesOf(node: string, name: string): Promise<readonly string[]> {
    const found = async () => (await agentStatus(cluster, node)).pods.find((pod) => pod.name?.includes(name))
    await expect.poll(async () => (await found())?.hasLink, PATIENCE).toBe(true)
    return (await found())?.addresses ?? []
  }
  const isGone = (node: string, name: string): Promise<void> =>
    expect
      .poll(async () => (await agentStatus(cluster, node)).pods.filter((pod) => pod.name?.includes(name)), PATIENCE)
      .toEqual([])
  const from = (node: string): readonly string[] => pods.find((pod) => pod.node === node)?.enter ?? []

  /** From a pod of another cloud, once it answers. */
  async function startStaticPod(node: string, name: string): Promise<() => Promise<void>> {
    const manifest = join(cluster.node(node).staticPods, `${name}.json`)
    writeFileSync(manifest, staticPod(name))
    const [address] = await addressesOf(node, name)
    const ask = [...from('aws-1'), cluster.programs.web, 'get', `http://${address}/`]
    await expect.poll(() => run(ask).catch(String), PATIENCE).toMatch(`${name}-${node} to `)
    return async () => {
      rmSync(manifest)
      await isGone(node, name)
    }
  }

  async function sandboxComesAndGoes(node: string): Promise<void> {
    const { kubelet } = cluster.node(node)
    kubelet.freeze()
    try {
      const sandbox = await runSandbox(cluster, node, 'bare')
      const [address = ''] = await addressesOf(node, 'bare')
      await run([...from('aws-1'), 'ping', '-c', '3', '-i', '0.1', '-W', '5', address])
      await removeSandbox(cluster, node, sandbox)
      await isGone(node, 'bare')
    } finally {
      kubelet.thaw()
    }
  }

  /** Its kubelet starts it anew, and it knows the network without asking anybody. */
  async function agentDies(node: string): Promise<void> {
    const before = (await agentStatus(cluster, node)).startedAt
    const [pid, ...others] = containerProcesses(cluster, node, ['agent', '--kubernetes'])
    if (pid === undefined || others.length > 0) throw new Error(`${node} does not have one process of an agent`)
    process.kill(pid, 'SIGKILL')
    const status = () => agentStatus(cluster, node).catch(() => undefined)
    await expect.poll(async () => ((await status())?.startedAt ?? 0) > before, PATIENCE).toBe(true)
    await expect.poll(async () => (await status())?.ready.ready, PATIENCE).toBe(true)
    expect((await status())?.world).toMatchObject({ source: 'snapshot', nodes: 4 })
  }

  const WAYS = [
    {
      what: 'is killed',
      site: 'attic',
      node: 'gcp-1',
      isNoticed: true,
      awayMilliseconds: AWAY_MILLISECONDS,
      leave: () => cluster.plane.apiServer.stop(),
      async comeBack() {
        cluster.plane.apiServer.start()
        await cluster.plane.waitUntilReady()
      },
    },
    {
      what: 'hangs',
      site: 'home',
      // Another one: kubelet takes its time with what dies again.
      node: 'home-1',
      // Where nothing changes nothing is said: a silent stream is broken off only after three minutes.
      isNoticed: false,
      // As long as what comes and goes meanwhile takes; the long run waits here too.
      awayMilliseconds: process.env.API_AWAY_SECONDS === undefined ? 0 : AWAY_MILLISECONDS,
      leave: async () => cluster.plane.apiServer.freeze(),
      comeBack: async () => cluster.plane.apiServer.thaw(),
    },
  ]

  test.each(WAYS)(
    'lose nothing while the API server $what, and pods come and go',
    async ({ what, site, node, isNoticed, awayMilliseconds, leave, comeBack }) => {
      const traffic = await startPodTraffic(cluster, pods)
      onTestFinished(async () => void (await Promise.allSettled([traffic.stop()])))
      await leave()
      const end = performance.now() + awayMilliseconds
      const stopEarlier = await startStaticPod(node, 'earlier')
      await sandboxComesAndGoes('aws-2')
      await agentDies(node)
      const stopLater = await startStaticPod(node, 'later')
      await stopEarlier()
      await stopLater()
      console.log(`all done ${Math.round(end - performance.now())} ms before the API server comes back`)
      await sleep(Math.max(0, end - performance.now()))
      if (isNoticed) expect(await eachAgent(({ store }) => store.kind)).toEqual(Array(4).fill('away'))
      await comeBack()
      const backAt = performance.now()
      await cluster.kubectl('label', 'node', 'home-1', '--overwrite', `topology.kubernetes.io/region=${site}`)
      const heard = { timeout: HEARD_AGAIN_MILLISECONDS, interval: 200 }
      await expect
        .poll(() => eachAgent(({ store, world }) => `${store.kind} ${world.source}`), heard)
        .toEqual(Array(4).fill('read store'))
      const took = Math.round(performance.now() - backAt)
      await expect.poll(async () => (await agentStatus(cluster, 'home-1')).site, heard).toBe(site)
      const report = await traffic.stop()
      console.log(
        `the API server ${what}:\n${report.text}\nheard again after ${took} ms, and the change by ${Math.round(performance.now() - backAt)} ms`,
      )
      expect(report.brokenStreams).toEqual([])
      expect(report.pingsLost).toBeLessThanOrEqual(DROPPED_AT_MOST)
      expect(report.longestGapMilliseconds).toBeLessThan(LONGEST_GAP_MILLISECONDS)
    },
    LIMIT_MILLISECONDS,
  )
})
