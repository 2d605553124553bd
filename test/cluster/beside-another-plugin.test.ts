// Beside the stock bridge, which carries the pods of each cloud, Damask only joins the clouds; and takes nothing of the bridge with it
// when it goes.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installBridge } from './bridge-network.ts'
import { clusterRemains } from './cluster-record.ts'
import { deployCoreDns } from './core-dns.ts'
import { type DamaskCluster, installDamask, startBareCluster } from './damask-cluster.ts'
import { inBrackets } from './in-brackets.ts'
import { deployWeb } from './web.ts'

type Pod = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly nodeName: string }
  readonly status: { readonly podIPs: readonly { readonly ip: string }[] }
}
type Service = { readonly spec: { readonly clusterIPs: readonly string[] } }
type MeshNode = {
  readonly metadata: { readonly name: string }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly message: string }[]
    readonly report?: { readonly ready: string }
  }
}

const NAMES = ['aws-1', 'aws-2', 'home-1']
/** The internet's 1500, less WireGuard over IPv4. */
const MTU_BYTES = 1440
const WISHES = ['--fabric', 'none', '--join-private-addresses']

describe('three nodes in two clouds, whose pods are on the stock bridge', () => {
  let cluster: DamaskCluster
  let pods: readonly Pod[]
  beforeAll(async () => {
    cluster = await startBareCluster({ world: join(import.meta.dirname, 'bridged-nodes.yaml') })
  })
  afterAll(async () => {
    if (cluster === undefined) return
    await cluster.close()
    expect(clusterRemains(cluster.id)).toEqual([])
  })

  const podOn = (name: string): Pod => {
    const pod = pods.find(({ spec }) => spec.nodeName === name)
    if (pod === undefined) throw new Error(`no pod runs on ${name}`)
    return pod
  }
  /** What agents say is wrong, by node. */
  const conditions = async (): Promise<Record<string, readonly string[]>> => {
    const { items } = await cluster.get<{ items: MeshNode[] }>('meshnodes')
    return Object.fromEntries(
      items.map(({ metadata, status }) => [
        metadata.name,
        (status?.conditions ?? []).map(({ type, message }) => `${type}: ${message}`),
      ]),
    )
  }
  const onAll = (said: readonly unknown[]): object => Object.fromEntries(NAMES.map((name) => [name, said]))
  const deployPods = async (): Promise<void> => {
    await cluster.kubectl('rollout', 'status', 'daemonset/web', '--timeout=120s')
    pods = (await cluster.get<{ items: Pod[] }>('pods', '--selector=app=web')).items
  }
  /** What is not Damask's: links, routes of the main table, rules, packet filter, files of the runtime, settings. */
  const othersOn = async (name: string): Promise<string> => {
    const script = `
      ip -o link | sed 's/^[0-9]*: //' | grep -v '^damask' | sed 's/ state .* mode / mode /'
      for family in -4 -6; do ip $family route show table main | grep -v damask; ip $family rule | grep -v 'proto 218'; done | sed 's/ expires [0-9]*sec//'
      nft list tables | grep -v damask
      nft list table inet bridge-network
      ls /etc/cni/net.d; cat /etc/cni/net.d/*
      sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv4.conf.all.rp_filter net.ipv4.conf.cni0.rp_filter`
    return cluster.node(name).run('sh', '-c', script)
  }

  let before: readonly string[]

  test('are joined, and told that the plugin is missing as long as it is', async () => {
    expect(await installDamask(cluster, WISHES)).toContain('damask is installed, and every agent is ready')
    const said = expect.stringMatching(/^MissingPlugin: no route of this machine leads to 10\.42\./)
    await expect.poll(conditions).toEqual(onAll([said]))
    const words = ['get', 'nodes', '-o', 'jsonpath={..conditions[?(@.type=="Ready")].status}']
    expect(await cluster.kubectl(...words)).toBe('False False False')
  })

  test('are ready once the plugin is there, and Damask has no part in it', async () => {
    await installBridge(cluster)
    await cluster.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s')
    await deployCoreDns(cluster)
    await deployWeb(cluster)
    await deployPods()
    await cluster.kubectl('rollout', 'status', 'deployment/coredns', '--namespace=kube-system', '--timeout=120s')
    expect(pods.map(({ spec }) => spec.nodeName).sort()).toEqual(NAMES)
    for (const name of NAMES) {
      expect(await cluster.node(name).run('ls', '/etc/cni/net.d')).toBe('10-bridge.conflist\n')
      expect(await cluster.node(name).run('ip', '-o', 'link')).not.toMatch(/: dmk/)
    }
  })

  test('are told where packets of the bridge are larger than the way between clouds takes', async () => {
    const most = `lets through packets of 1500 bytes, and to other sites go no more than ${MTU_BYTES}`
    const said = `WidePodLinks: cni0, by which this machine reaches its own pods, ${most}`
    await expect.poll(conditions).toEqual(onAll([expect.stringContaining(said)]))
    await installBridge(cluster, MTU_BYTES)
    // A bridge that is there already is left by its plugin as it is.
    for (const name of NAMES) await cluster.node(name).run('ip', 'link', 'set', 'cni0', 'mtu', `${MTU_BYTES}`)
    await cluster.kubectl('rollout', 'restart', 'daemonset/web')
    await deployPods()
    await expect.poll(conditions).toEqual(onAll([]))
  })

  test('every pod reaches every pod by its own address, in both families', async () => {
    for (const { metadata, status } of pods) {
      const others = pods.flatMap((other) => other.status.podIPs.map(({ ip }, nth) => ({ other, ip, nth })))
      const urls = others.map(({ ip }) => `http://${inBrackets(ip)}/`)
      const expected = others.map(({ other, nth }) => `${other.metadata.name} to ${status.podIPs[nth]?.ip}`)
      expect((await cluster.exec(metadata.name, '/web', 'get', ...urls)).trim().split('\n')).toEqual(expected)
    }
  })

  test('much goes through whole, from a node that is no gateway too', async () => {
    for (const { ip } of podOn('home-1').status.podIPs) {
      const said = await cluster.exec(
        podOn('aws-2').metadata.name,
        '/web',
        'get',
        `http://${inBrackets(ip)}/bytes/300000`,
      )
      expect(said.length).toBe(300_000)
    }
  })

  test('pods of every cloud ask the DNS of the cluster, and reach services by name in both families', async () => {
    const { spec } = await cluster.get<Service>('service', 'web')
    for (const { metadata } of pods) {
      const words = ['/web', 'dns', 'web.default.svc.cluster.local', cluster.dnsAddress]
      const answer = await cluster.exec(metadata.name, ...words)
      const answering = new Set<string>()
      for (const address of spec.clusterIPs) {
        expect(answer).toContain(address)
        const urls = Array.from({ length: 8 }, () => `http://${inBrackets(address)}/`)
        const lines = (await cluster.exec(metadata.name, '/web', 'get', ...urls)).trim().split('\n')
        for (const line of lines) answering.add(line.split(' ')[0] ?? '')
      }
      expect([...answering].sort()).toEqual(pods.map((pod) => pod.metadata.name).sort())
    }
  })

  test('damask uninstall leaves the bridge as it was, and its streams go on', async () => {
    before = await Promise.all(NAMES.map(othersOn))
    const [near, far] = [podOn('aws-1').status.podIPs[0]?.ip ?? '', podOn('home-1').status.podIPs[0]?.ip ?? '']
    const counting = cluster.exec(podOn('aws-2').metadata.name, '/web', 'count', `${near}:19`, '30s')
    await cluster.damask('uninstall', '--timeout', '120')
    expect(JSON.parse(await counting)).toMatchObject({ missed: 0 })
    for (const [index, name] of NAMES.entries()) {
      expect(await othersOn(name)).toBe(before[index])
      expect(await cluster.node(name).run('ip', '-o', 'link')).not.toContain('damask')
    }
    const asker = podOn('aws-2').metadata.name
    expect(await cluster.exec(asker, '/web', 'get', `http://${near}/`)).toContain(podOn('aws-1').metadata.name)
    await expect(cluster.exec(asker, '/web', 'get', `http://${far}/`)).rejects.toThrow()
  })
})
