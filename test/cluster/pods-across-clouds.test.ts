// The proof: a cluster over three clouds without a network gets one by one command, and is a cluster as any other.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

describe('four nodes in three clouds', () => {
  let cluster: DamaskCluster
  let pods: readonly Pod[]
  beforeAll(async () => {
    cluster = await startBareCluster()
  })
  afterAll(async () => {
    if (cluster === undefined) return
    await cluster.close()
    expect(clusterRemains(cluster.id)).toEqual([])
  })

  test('are ready after damask install', async () => {
    expect(await installDamask(cluster)).toContain('damask is installed, and every agent is ready')
    await cluster.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s')
    const table = (await cluster.kubectl('get', 'meshnodes')).split('\n')
    expect(table[0]?.split(/\s+/)).toEqual(['NAME', 'SITE', 'GATEWAY', 'ENDPOINT', 'READY', 'HANDSHAKE', 'PODS', 'AGE'])
    expect(table.filter((line) => line.includes('True'))).toHaveLength(4)
  })

  test('run pods', async () => {
    await deployCoreDns(cluster)
    await deployWeb(cluster)
    await cluster.kubectl('rollout', 'status', 'daemonset/web', '--timeout=120s')
    await cluster.kubectl('rollout', 'status', 'deployment/coredns', '--namespace=kube-system', '--timeout=120s')
    pods = (await cluster.get<{ items: Pod[] }>('pods', '--selector=app=web')).items
    expect(pods.map(({ spec }) => spec.nodeName).sort()).toEqual(['aws-1', 'aws-2', 'gcp-1', 'home-1'])
  })

  test('every pod reaches every pod by its own address, in both families', async () => {
    for (const { metadata, status } of pods) {
      const others = pods.flatMap((other) => other.status.podIPs.map(({ ip }, nth) => ({ other, ip, nth })))
      const said = await cluster.exec(
        metadata.name,
        '/web',
        'get',
        ...others.map(({ ip }) => `http://${inBrackets(ip)}/`),
      )
      const expected = others.map(({ other, nth }) => `${other.metadata.name} to ${status.podIPs[nth]?.ip}`)
      expect(said.trim().split('\n')).toEqual(expected)
    }
  })

  test('pods of every site ask the DNS of the cluster, and reach services by name in both families', async () => {
    const { spec } = await cluster.get<Service>('service', 'web')
    for (const { metadata } of pods) {
      const answer = await cluster.exec(
        metadata.name,
        '/web',
        'dns',
        'web.default.svc.cluster.local',
        cluster.dnsAddress,
      )
      for (const address of spec.clusterIPs) expect(answer).toContain(address)
      const said = await cluster.exec(metadata.name, '/web', 'get', 'http://web.default.svc.cluster.local/')
      expect(said).toMatch(/^web-\w+ to /)
    }
  })

  test('kubectl exec and logs reach the kubelets of all clouds', async () => {
    for (const { metadata } of pods) {
      expect(await cluster.exec(metadata.name, '/web', 'get', 'http://localhost/')).toContain(metadata.name)
      await cluster.kubectl('logs', metadata.name)
    }
  })
})
