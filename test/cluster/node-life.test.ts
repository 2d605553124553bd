// A node's life in a cluster: it joins, moves, gets another address and another key, leaves, is deleted and comes back. What concerns one
// node is noticed by that node alone.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AgentStatus } from '../../src/agent/index.ts'
import { clusterRemains } from './cluster-record.ts'
import { type DamaskCluster, startDamaskCluster } from './damask-cluster.ts'
import { moveElasticAddress } from './elastic-address.ts'
import { nothingIsLost, pingPod } from './undisturbed-pods.ts'
import { deployWeb } from './web.ts'
import { reaches, type WebPod, webPods } from './web-pod.ts'
import { wipeState } from './wiped-state.ts'

const DAMASK = join(import.meta.dirname, '../../bin/damask')
const OLD = ['aws-1', 'aws-2', 'gcp-1', 'home-1']
const NEWCOMER = 'gcp-2.west'
const REGION = 'topology.kubernetes.io/region'
/** Of a node that was itself changed, until everybody reaches it again. Seconds are promised; the machine of a test is slow. */
const LONGEST_GAP_MILLISECONDS = 20_000

type MeshNode = {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: {
    readonly podPrefixes?: readonly string[]
    readonly endpoint?: { readonly host: string; readonly port: number }
    readonly [field: string]: unknown
  }
  readonly granted?: { readonly site?: string; readonly slot?: number }
  readonly status?: {
    readonly publicKey?: string
    readonly report?: { readonly site?: string; readonly role?: string; readonly ready?: string }
  }
}

let cluster: DamaskCluster
beforeAll(async () => {
  cluster = await startDamaskCluster({ world: join(import.meta.dirname, 'life-nodes.yaml'), nodes: OLD })
  await deployWeb(cluster)
  await cluster.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s')
  await cluster.kubectl('rollout', 'status', 'daemonset/web', '--timeout=120s')
})
afterAll(async () => {
  if (cluster === undefined) return
  await cluster.close()
  expect(clusterRemains(cluster.id)).toEqual([])
})

const meshNode = (name: string): Promise<MeshNode> => cluster.get<MeshNode>('meshnode', name)

const grantsOf = (...names: readonly string[]): Promise<unknown[]> =>
  Promise.all(names.map(async (name) => (await meshNode(name)).granted))

async function agentStatus(name: string): Promise<AgentStatus> {
  return JSON.parse((await cluster.node(name).tryRun(DAMASK, 'status', '-o', 'json')).output)
}

/** Of all nodes but these. */
async function podsBut(...names: readonly string[]): Promise<readonly WebPod[]> {
  const pods = await webPods(cluster)
  return [...pods.values()].filter(({ node }) => !names.includes(node))
}

/** Who has tunnels to it, where it has some. */
async function gatewaysBut(name: string): Promise<readonly string[]> {
  const { items } = await cluster.get<{ items: MeshNode[] }>('meshnodes')
  const gateways = items.filter(({ status }) => status?.report?.role === 'gateway')
  return gateways.map(({ metadata }) => metadata.name).filter((other) => other !== name)
}

/** Soon it runs there. */
async function podOn(name: string): Promise<WebPod> {
  let pod: WebPod | undefined
  await expect.poll(async () => (pod = (await webPods(cluster)).get(name))).toBeDefined()
  if (pod === undefined) throw new Error(`no pod runs on ${name}`)
  return pod
}

/** Soon its pod and those of all others reach each other. */
async function everybodyReaches(name: string): Promise<void> {
  const pod = await podOn(name)
  const others = await podsBut(name)
  const answers = () =>
    Promise.all(others.map(async (other) => `${other.node} ${await reaches(other, pod)} ${await reaches(pod, other)}`))
  await expect.poll(answers).toEqual(others.map(({ node }) => `${node} true true`))
}

/** Soon the node says that it is this, and ready. */
const isSaid = (name: string, report: NonNullable<MeshNode['status']>['report']): Promise<void> =>
  expect.poll(async () => (await meshNode(name)).status?.report).toMatchObject({ ...report, ready: 'True' })

/** Whichever controller is at work then runs there. */
async function moveControllers(name: string): Promise<void> {
  const within = '--namespace=damask-system'
  const spec = { nodeSelector: { 'kubernetes.io/hostname': name } }
  const patch = JSON.stringify({ spec: { template: { spec } } })
  await cluster.kubectl('patch', 'deployment/damask-controller', within, '--type=merge', `--patch=${patch}`)
  await cluster.kubectl('rollout', 'status', 'deployment/damask-controller', within, '--timeout=120s')
  const words = ['get', 'lease', 'damask-controller', within, '-o', 'jsonpath={.spec.holderIdentity}']
  await expect.poll(() => cluster.kubectl(...words)).toMatch(new RegExp(`^${name}_`))
}

/** The longest time for which a node was reached by nobody, or it by nobody, while `change` was made and until all reach it again. */
async function gapOf(name: string, change: () => Promise<void>): Promise<number> {
  const pod = await podOn(name)
  const pings = (await podsBut(name)).map((other) => pingPod(other, pod, 0))
  const stop = () => Promise.all(pings.map((ping) => ping.stop()))
  try {
    await Promise.all(pings.map(({ flows }) => flows))
    await change()
    await everybodyReaches(name)
  } catch (cause) {
    await stop()
    throw cause
  }
  const reports = await stop()
  return Math.max(...reports.map(({ longestGapMilliseconds }) => longestGapMilliseconds))
}

describe('nobody else loses a packet', () => {
  test('while a node joins, be its name one with dots', async () => {
    await nothingIsLost(await podsBut(), async () => {
      await cluster.join(NEWCOMER)
      await cluster.kubectl('wait', '--for=condition=Ready', `node/${NEWCOMER}`, '--timeout=120s')
      await isSaid(NEWCOMER, { site: 'gcp', role: 'member' })
      await everybodyReaches(NEWCOMER)
    })
  })

  test('while a node moves to another site by its label, and back and forth by the annotation', async () => {
    const moves = [
      { words: ['label', '--overwrite', `${REGION}=west`], report: { site: 'west', role: 'gateway' } },
      { words: ['annotate', 'damask.dev/site=gcp'], report: { site: 'gcp', role: 'member' } },
      { words: ['annotate', 'damask.dev/site-'], report: { site: 'west', role: 'gateway' } },
    ]
    await nothingIsLost(await podsBut(NEWCOMER), async () => {
      for (const {
        words: [verb = '', ...words],
        report,
      } of moves) {
        const gap = await gapOf(NEWCOMER, async () => {
          await cluster.kubectl(verb, 'node', NEWCOMER, ...words)
          await isSaid(NEWCOMER, report)
        })
        expect(gap).toBeLessThan(LONGEST_GAP_MILLISECONDS)
      }
    })
  })

  test.each(['gcp-1', 'home-1'])('while %s comes back from nothing, with a new key that all take', async (name) => {
    const before = (await meshNode(name)).status?.publicKey
    await nothingIsLost(await podsBut(name), async () => {
      await cluster.node(name).powerOff()
      wipeState(cluster.node(name))
      await cluster.join(name)
      await expect.poll(async () => (await meshNode(name)).status?.publicKey).not.toBe(before)
      await podOn(name)
      const startedAt = Date.now()
      await everybodyReaches(name)
      expect(Date.now() - startedAt).toBeLessThan(LONGEST_GAP_MILLISECONDS)
    })
    const now = (await meshNode(name)).status?.publicKey
    for (const other of await gatewaysBut(name)) {
      const keys = (await agentStatus(other)).peers.map(({ publicKey }) => publicKey)
      expect(keys).not.toContain(before)
      expect(keys).toContain(now)
    }
  })

  test("while a node's annotations become Kilo's, and then it is the same MeshNode", async () => {
    // Whichever of the two does not speak for the site: a gateway's own endpoint is where its tunnels are. Who joined first speaks for it.
    const [spokenFor] = await grantsOf('aws-1')
    const number = spokenFor === undefined ? 1 : 2
    const name = `aws-${number}`
    const [host, address] = [`203.0.113.1${number}`, `172.31.0.1${number}/20`]
    const ours = {
      'damask.dev/site': 'aws',
      'damask.dev/endpoint': `${host}:51830`,
      'damask.dev/private-address': address,
      'damask.dev/gateway': 'prefer',
      'damask.dev/offered-prefixes': '192.168.77.0/24',
    }
    const kilo = {
      'kilo.squat.ai/location': 'aws',
      'kilo.squat.ai/force-endpoint': `${host}:51830`,
      'kilo.squat.ai/force-internal-ip': address,
      'kilo.squat.ai/leader': 'true',
      'kilo.squat.ai/persistent-keepalive': '10',
      'kilo.squat.ai/allowed-location-ips': '192.168.77.0/24',
    }
    const annotate = async (annotations: Readonly<Record<string, string | null>>, label: string): Promise<void> => {
      const patch = JSON.stringify({ metadata: { annotations, labels: { [REGION]: label } } })
      await cluster.kubectl('patch', 'node', name, '--type=merge', `--patch=${patch}`)
    }
    const written = async (): Promise<object> => {
      const { metadata, spec } = await meshNode(name)
      return { label: metadata.labels[REGION], ...spec }
    }
    const none = (annotations: object): Readonly<Record<string, null>> =>
      Object.fromEntries(Object.keys(annotations).map((key) => [key, null]))
    const before = await written()
    const granted = await grantsOf('aws-1', 'aws-2')
    const wanted = {
      ...before,
      endpoint: { host, port: 51830 },
      gateway: 'prefer',
      offeredPrefixes: ['192.168.77.0/24'],
    }
    await nothingIsLost(await podsBut(), async () => {
      for (const annotations of [ours, kilo]) {
        // The label says something else: the annotation counts.
        await annotate(annotations, 'elsewhere')
        await expect.poll(written).toEqual(wanted)
        await annotate(none(annotations), 'aws')
        await expect.poll(written).toEqual(before)
      }
      await everybodyReaches(name)
    })
    // Who speaks for the site stays, whatever another wishes.
    expect(await grantsOf('aws-1', 'aws-2')).toEqual(granted)
  })

  test('while a node leaves, is deleted and so forgotten by all, and comes back as another', async () => {
    const old = await meshNode(NEWCOMER)
    await nothingIsLost(await podsBut(NEWCOMER), async () => {
      await cluster.node(NEWCOMER).powerOff()
      wipeState(cluster.node(NEWCOMER))
      await cluster.kubectl('delete', 'node', NEWCOMER)
      await expect
        .poll(async () => (await cluster.tryKubectl('get', 'meshnode', NEWCOMER)).complaints)
        .toContain('NotFound')
      for (const name of OLD) {
        const known = async (): Promise<string> => {
          const { peers } = await agentStatus(name)
          const routes = await cluster.node(name).run('sh', '-c', 'ip route show table all; ip -6 route show table all')
          return `${peers.map(({ node }) => node)} ${routes}`
        }
        for (const gone of [NEWCOMER, ...(old.spec.podPrefixes ?? [])]) await expect.poll(known).not.toContain(gone)
      }
      await cluster.join(NEWCOMER)
      await isSaid(NEWCOMER, { site: 'gcp', role: 'member' })
      await everybodyReaches(NEWCOMER)
    })
    const back = await meshNode(NEWCOMER)
    expect(back.metadata.uid).not.toBe(old.metadata.uid)
    expect(back.status?.publicKey).not.toBe(old.status?.publicKey)
    const all = (await cluster.get<{ items: MeshNode[] }>('meshnodes')).items.flatMap(
      ({ spec }) => spec.podPrefixes ?? [],
    )
    expect(all).toHaveLength(2 * (OLD.length + 1))
    expect(new Set(all).size).toBe(all.length)
  })

  test('while a node gets another public address, and with it the controller at work', async () => {
    const gap = { milliseconds: 0 }
    await moveControllers('gcp-1')
    // In the cloud of that node all flows begin anew; the last test, since a node that joins is told its first address.
    await nothingIsLost(await podsBut('gcp-1', NEWCOMER), async () => {
      gap.milliseconds = await gapOf('gcp-1', async () => {
        await moveElasticAddress(cluster, 'gcp-1', '198.51.100.21')
        const addresses = [
          { type: 'InternalIP', address: '10.128.0.11' },
          { type: 'ExternalIP', address: '198.51.100.21' },
        ]
        const patch = JSON.stringify({ status: { addresses } })
        await cluster.kubectl('patch', 'node', 'gcp-1', '--subresource=status', '--type=merge', `--patch=${patch}`)
        await expect.poll(async () => (await meshNode('gcp-1')).spec.endpoint?.host).toBe('198.51.100.21')
      })
    })
    expect(gap.milliseconds).toBeLessThan(LONGEST_GAP_MILLISECONDS)
    for (const name of await gatewaysBut('gcp-1')) {
      const endpoint = async () => (await agentStatus(name)).peers.find(({ node }) => node === 'gcp-1')?.endpoint
      await expect.poll(endpoint).toBe('198.51.100.21:51820')
    }
  })
})
