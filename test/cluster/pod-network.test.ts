// That a test cluster does with a network what a cluster does, so that what fails over Damask fails because of Damask: the stock bridge
// in one cloud, kube-proxy in both of its modes, both families.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IS_WHOLE } from '../pairwise.ts'
import { installBridge } from './bridge-network.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { clusterRemains } from './cluster-record.ts'
import { deployCoreDns } from './core-dns.ts'
import { inBrackets } from './in-brackets.ts'
import { deployWeb } from './web.ts'

type Pod = {
  readonly metadata: { readonly name: string }
  readonly status: { readonly podIPs: readonly { readonly ip: string }[] }
}
type Service = { readonly spec: { readonly clusterIPs: readonly string[] } }

const PROXY_MODES = IS_WHOLE ? (['nftables', 'iptables'] as const) : (['nftables'] as const)

describe.each(PROXY_MODES)('over the stock bridge, services by %s', (proxyMode) => {
  let cluster: Cluster
  let pods: readonly Pod[]
  beforeAll(async () => {
    cluster = await startCluster({
      world: join(import.meta.dirname, 'flat-nodes.yaml'),
      proxyMode,
      externalAddresses: true,
    })
    await installBridge(cluster)
    await cluster.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s')
    await deployCoreDns(cluster)
    await deployWeb(cluster)
    await cluster.kubectl('rollout', 'status', 'daemonset/web', '--timeout=120s')
    await cluster.kubectl('rollout', 'status', 'deployment/coredns', '--namespace=kube-system', '--timeout=120s')
    pods = (await cluster.get<{ items: Pod[] }>('pods', '--selector=app=web')).items
  })
  afterAll(async () => {
    if (cluster === undefined) return
    await cluster.close()
    expect(clusterRemains(cluster.id)).toEqual([])
  })

  test('nodes have the public address that a cloud provider would tell', async () => {
    const addresses = await cluster.kubectl(
      'get',
      'nodes',
      '-o',
      'jsonpath={..addresses[?(@.type=="ExternalIP")].address}',
    )
    expect(addresses).toBe('203.0.113.11 203.0.113.12')
  })

  test('every pod reaches every pod by its own address, in both families', async () => {
    expect(pods.length).toBe(2)
    for (const { metadata, status } of pods) {
      for (const other of pods) {
        for (const [nth, { ip }] of other.status.podIPs.entries()) {
          const said = await cluster.exec(metadata.name, '/web', 'get', `http://${inBrackets(ip)}/`)
          expect(said).toBe(`${other.metadata.name} to ${status.podIPs[nth]?.ip}\n`)
        }
      }
    }
  })

  test('a service leads to all of its pods, by name too, and the DNS answers with both of its addresses', async () => {
    const { spec } = await cluster.get<Service>('service', 'web')
    const asker = pods[0]?.metadata.name ?? ''
    const dns = async (): Promise<string[]> =>
      (await cluster.exec(asker, '/web', 'dns', 'web.default.svc.cluster.local')).trim().split('\n').sort()
    expect(await dns()).toEqual([...spec.clusterIPs].sort())
    const answering = new Set<string>()
    for (const host of ['web', ...spec.clusterIPs.map(inBrackets)]) {
      for (let n = 0; n < 10; n++)
        answering.add((await cluster.exec(asker, '/web', 'get', `http://${host}/`)).split(' ')[0] ?? '')
    }
    expect([...answering].sort()).toEqual(pods.map(({ metadata }) => metadata.name).sort())
    expect(await cluster.exec(asker, '/web', 'udp', 'web:7', 'hello')).toMatch(/^web-\w+ to \S+: hello\n$/)
  })

  test('a stream is counted', async () => {
    const [asker, other] = pods
    const said = await cluster.exec(
      asker?.metadata.name ?? '',
      '/web',
      'count',
      `${other?.status.podIPs[0]?.ip}:19`,
      '2s',
    )
    expect(JSON.parse(said)).toEqual({
      lines: expect.toSatisfy((lines) => lines > 50),
      missed: 0,
      longestPauseMilliseconds: expect.any(Number),
    })
  })

  test('a pod asks the API server under its service address, with the token that it was given', async () => {
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount'
    const words = ['-ca', `${folder}/ca.crt`, '-token', `${folder}/token`]
    for (const { metadata } of pods) {
      const said = await cluster.exec(metadata.name, '/web', 'get', ...words, 'https://kubernetes.default/version')
      expect(JSON.parse(said).gitVersion).toBe('v1.36.3')
    }
  })
})
