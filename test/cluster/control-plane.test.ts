// A cluster of the tests before there is any network in it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from './cluster.ts'
import { clusterRemains, sweepAbandonedClusters } from './cluster-record.ts'
import { WEB_IMAGE } from './stock-images.ts'
import { deployWeb } from './web.ts'

type Condition = { readonly type: string; readonly status: string; readonly message: string }
type NodeObject = {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: { readonly podCIDRs?: readonly string[] }
  readonly status: {
    readonly conditions: readonly Condition[]
    readonly addresses: readonly { readonly type: string; readonly address: string }[]
  }
}
type Pod = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly nodeName: string }
  readonly status: { readonly phase: string; readonly hostIP: string }
}

const MACHINES = ['aws-1', 'aws-2', 'gcp-1', 'home-1']

describe('a cluster without a network', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster({ nodes: ['aws-1', 'aws-2', 'gcp-1'] })
  })
  afterAll(async () => {
    if (cluster === undefined) return
    await cluster.close()
    expect(clusterRemains(cluster.id)).toEqual([])
  })
  const nodes = async (): Promise<readonly NodeObject[]> =>
    (await cluster.get<{ items: NodeObject[] }>('nodes')).items.toSorted((a, b) =>
      a.metadata.name < b.metadata.name ? -1 : 1,
    )
  const pods = async (selector: string): Promise<readonly Pod[]> =>
    (await cluster.get<{ items: Pod[] }>('pods', '--selector', selector)).items

  test('a machine joins later, from behind NAT, by the public address of the API server', async () => {
    expect((await nodes()).map(({ metadata }) => metadata.name)).toEqual(['aws-1', 'aws-2', 'gcp-1'])
    await cluster.join('home-1')
    expect((await nodes()).map(({ metadata }) => metadata.name)).toEqual(MACHINES)
    expect(cluster.plane.server('public')).toBe('https://203.0.113.11:6443')
  })

  test('its nodes are not ready, for want of a network plugin', async () => {
    const reasons = async (): Promise<unknown> =>
      (await nodes()).map(({ status }) => status.conditions.find(({ type }) => type === 'Ready'))
    const reason = { status: 'False', message: expect.stringContaining('cni plugin not initialized') }
    await expect.poll(reasons).toEqual(MACHINES.map(() => expect.objectContaining(reason)))
    for (const name of MACHINES) {
      expect(await cluster.node(name).run('ls', '/etc/cni/net.d')).toBe('')
      expect((await cluster.node(name).run('ls', '/opt/cni/bin')).split('\n')).toContain('portmap')
    }
  })

  test('each has a pod prefix of both families, its private address and the region of its cloud', async () => {
    const prefixes = async (): Promise<unknown> => (await nodes()).flatMap(({ spec }) => spec.podCIDRs ?? []).toSorted()
    await expect
      .poll(prefixes)
      .toEqual([
        ...['10.42.0.0/24', '10.42.1.0/24', '10.42.2.0/24', '10.42.3.0/24'],
        ...['fd42:42:0:1::/64', 'fd42:42:0:2::/64', 'fd42:42:0:3::/64', 'fd42:42::/64'],
      ])
    expect(
      (await nodes()).map(({ status, metadata }) => [
        status.addresses.find(({ type }) => type === 'InternalIP')?.address,
        metadata.labels['topology.kubernetes.io/region'],
      ]),
    ).toEqual([
      ['172.31.0.11', 'aws'],
      ['172.31.0.12', 'aws'],
      ['10.128.0.11', 'gcp'],
      ['192.168.1.11', 'home'],
    ])
  })

  test('pods in the network of their node run on all, and answer where clouds let them', async () => {
    await deployWeb(cluster, { hostNetwork: true })
    await cluster.kubectl('rollout', 'status', 'daemonset/web', '--timeout=120s')
    const there = await pods('app=web')
    expect(there.map(({ spec }) => spec.nodeName).sort()).toEqual(MACHINES)
    expect(await cluster.node('aws-1').run(cluster.programs.web, 'get', 'http://172.31.0.12:8080/')).toBe(
      'aws-2 to 172.31.0.11\n',
    )
    // The API server reaches the kubelet of its own cloud only.
    const near = there.find(({ spec }) => spec.nodeName === 'aws-2')?.metadata.name ?? ''
    expect(await cluster.exec(near, '/web', 'udp', '172.31.0.11:8007', 'hello')).toBe('aws-1 to 172.31.0.12: hello\n')
  })

  test('a static pod comes and goes while the API server is away, and what was stored is there after that', async () => {
    const { plane } = cluster
    const node = cluster.node('home-1')
    await plane.apiServer.stop()
    expect((await cluster.tryKubectl('get', 'nodes', '--request-timeout=2s')).code).not.toBe(0)
    const containers = {
      name: 'alone',
      image: WEB_IMAGE,
      imagePullPolicy: 'Never',
      command: ['/web', 'serve', '-http=9080', '-echo=9007', '-count=9019'],
    }
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'alone' },
      spec: { hostNetwork: true, containers: [containers] },
    }
    writeFileSync(join(node.staticPods, 'alone.json'), JSON.stringify(pod))
    const asked = async (): Promise<string> =>
      (await node.tryRun(cluster.programs.web, 'get', 'http://127.0.0.1:9080/')).output
    await expect.poll(asked).toBe('home-1 to 127.0.0.1\n')
    rmSync(join(node.staticPods, 'alone.json'))
    await expect.poll(asked).toBe('')
    plane.apiServer.start()
    await plane.waitUntilReady()
    expect((await nodes()).map(({ metadata }) => metadata.name)).toEqual(MACHINES)
  })

  test('an API server that is frozen answers nobody, and goes on where it was', async () => {
    const { apiServer } = cluster.plane
    apiServer.freeze()
    expect((await cluster.tryKubectl('get', 'nodes', '--request-timeout=2s')).code).not.toBe(0)
    apiServer.thaw()
    await cluster.plane.waitUntilReady()
    expect((await nodes()).length).toBe(MACHINES.length)
  })

  test('a node that was switched off comes back with its disk', async () => {
    const old = cluster.node('gcp-1')
    await old.run('sh', '-c', 'echo kept > /var/lib/kept; echo lost > /run/lost')
    await old.powerOff()
    const node = await cluster.join('gcp-1')
    expect(await node.run('sh', '-c', 'cat /var/lib/kept; ls /run')).toMatch(/^kept\n(?!.*lost)/s)
    await expect
      .poll(async () => (await node.tryRun(cluster.programs.web, 'get', 'http://127.0.0.1:8080/')).output)
      .toBe('gcp-1 to 127.0.0.1\n')
  })

  test('anybody has credentials who is given them, and may do nothing', async () => {
    const file = await cluster.plane.kubeconfig('host', { name: 'mallory', groups: ['guests'] })
    const { code, complaints } = await cluster.tryKubectl(`--kubeconfig=${file}`, 'get', 'pods')
    expect(code).toBe(1)
    expect(complaints).toContain('User "mallory" cannot list resource "pods"')
  })
})

test('a cluster that does not come up says why, and leaves nothing', async () => {
  const failure = await startCluster({ apiServerArguments: ['--no-such-flag'] }).then(
    () => 'it came up',
    (error: Error) => error.message,
  )
  expect(failure).toContain('unknown flag: --no-such-flag')
  const [, id = 'no id was said'] = /cluster ([0-9a-f]{6}) did not come up/.exec(failure) ?? []
  expect(clusterRemains(id)).toEqual([])
})

test('a cluster whose test was killed is swept away', async () => {
  const script = `import { startCluster } from '${join(import.meta.dirname, 'cluster.ts')}'
    console.log((await startCluster({ nodes: ['aws-1'] })).id)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(child.stdout, 'data')
  const id = `${said}`.trim()
  expect(clusterRemains(id).length).toBeGreaterThan(5)
  const ended = once(child, 'close')
  child.kill('SIGKILL')
  await ended
  await sweepAbandonedClusters()
  expect(clusterRemains(id)).toEqual([])
})
