// `damask check` as people call it: before an installation on machines with trouble of all kinds, and after it over a network that works
// and then does not.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AfterResult } from '../../src/cli/check/check-after.ts'
import type { BeforeResult } from '../../src/cli/check/check-before.ts'
import type { Finding } from '../../src/cli/check/finding.ts'
import { installBridge } from './bridge-network.ts'
import { clusterRemains } from './cluster-record.ts'
import { deployCoreDns } from './core-dns.ts'
import { type DamaskCluster, startBareCluster, startDamaskCluster } from './damask-cluster.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/damask')

type Check<Result> = { readonly code: number; readonly result: Result; readonly complaints: string }

async function check<Result>({ tryDamask }: DamaskCluster, ...words: readonly string[]): Promise<Check<Result>> {
  const { code, output, complaints } = await tryDamask('check', ...words, '--image-pull-policy', 'Never', '-o', 'json')
  if (output === '') throw new Error(`damask check printed nothing, and said: ${complaints}`)
  return { code, result: JSON.parse(output), complaints }
}

const found = (findings: readonly Finding[], severity: Finding['severity']): readonly string[] =>
  findings
    .filter((one) => one.severity === severity)
    .map(({ topic, what, nodes = [] }) => `${topic}: ${what} [${nodes.join(' ')}]`)

const isGone = async ({ tryKubectl }: DamaskCluster): Promise<boolean> =>
  (await tryKubectl('get', 'namespace', 'damask-check')).code !== 0

async function closed(cluster: DamaskCluster | undefined): Promise<void> {
  if (cluster === undefined) return
  await cluster.close()
  expect(clusterRemains(cluster.id)).toEqual([])
}

describe('before an installation', () => {
  let cluster: DamaskCluster
  let thief: ChildProcess | undefined
  beforeAll(async () => {
    cluster = await startBareCluster({
      nodes: ['aws-1', 'aws-2'],
      certifyPublicAddress: false,
      allocatePodPrefixes: false,
    })
  })
  afterAll(async () => {
    thief?.kill()
    await closed(cluster)
  })
  const wishes = ['--before', '--pod-prefix', '10.42.0.0/16', '--service-prefix', '10.43.0.0/16']

  test('a cluster without any trouble has none, and the check leaves nothing', async () => {
    const links = await cluster.node('aws-1').run('ip', '-o', 'link')
    const { code, result } = await check<BeforeResult>(
      cluster,
      ...wishes,
      ...['--api-server', cluster.plane.server('private')],
    )
    expect(found(result.findings, 'error')).toEqual([])
    expect(found(result.findings, 'ok')).toEqual(
      expect.arrayContaining([
        'plugins: no other network plugin is configured [aws-1 aws-2]',
        'ports: free: UDP 51820, TCP 9218, TCP 29219 [aws-1 aws-2]',
        'forwarding: no chain of others drops forwarded packets [aws-1 aws-2]',
        'api-server: https://172.31.0.11:6443 answers, and its certificate names 172.31.0.11 [aws-1 aws-2]',
      ]),
    )
    expect(result.nodes.map(({ name, addresses }) => [name, addresses])).toEqual([
      ['aws-1', ['172.31.0.11/20']],
      ['aws-2', ['172.31.0.12/20']],
    ])
    expect(code).toBe(0)
    expect(await isGone(cluster)).toBe(true)
    expect(await cluster.node('aws-1').run('ip', '-o', 'link')).toBe(links)
  })

  test('all that stands in the way is said, of which nodes, and what to do', async () => {
    const [first, second] = [cluster.node('aws-1'), cluster.node('aws-2')]
    const [program = '', ...words] = first.enter
    const script = "require('dgram').createSocket('udp4').bind(51820, () => console.log('bound'))"
    thief = spawn(program, [...words, process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    if (thief.stdout) await once(thief.stdout, 'data')
    await second.run(
      'nft',
      'table ip filter { chain DOCKER-USER { }; chain FORWARD { type filter hook forward priority 0; policy drop; }; }',
    )
    await first.run('iptables-legacy', '-P', 'FORWARD', 'DROP')
    await second.write('/etc/cni/net.d/10-flannel.conflist', '{"name":"cbr0","plugins":[{"type":"flannel"}]}')
    await second.run('ip', 'link', 'add', 'vpn0', 'type', 'veth', 'peer', 'name', 'vpn1')
    await second.run('ip', 'address', 'add', '10.42.200.1/24', 'dev', 'vpn0')
    await second.run('ip', 'link', 'set', 'vpn1', 'up')
    await second.run('ip', 'link', 'set', 'vpn0', 'up')
    const patch = (prefix: string): string => JSON.stringify({ spec: { podCIDR: prefix, podCIDRs: [prefix] } })
    await cluster.kubectl('patch', 'node', 'aws-1', '--type=merge', `--patch=${patch('10.99.1.0/24')}`)
    await cluster.kubectl('patch', 'node', 'aws-2', '--type=merge', `--patch=${patch('10.42.2.0/24')}`)
    await cluster.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-flannel' } },
      flannel('kube-flannel', 'kube-flannel-ds'),
    )

    const { code, result } = await check<BeforeResult>(
      cluster,
      ...wishes,
      ...['--api-server', cluster.plane.server('public')],
    )
    const errors = found(result.findings, 'error')
    for (const error of [
      'ranges: nodes have pod prefixes outside of 10.42.0.0/16: they are of another pool [aws-1]',
      'ranges: the range 10.42.0.0/16 of pods meets the subnet 10.42.200.0/24 of vpn0 [aws-2]',
      'plugins: another network plugin is here: Flannel, DaemonSet kube-flannel/kube-flannel-ds []',
      'plugins: the container runtime is configured for another network plugin: 10-flannel.conflist (flannel) [aws-2]',
      'ports: UDP port 51820, of the tunnels, is taken by node [aws-1]',
      'forwarding: the chain ip filter FORWARD (Docker) drops forwarded packets, and lets none of pods through [aws-2]',
      'forwarding: the chain ip filter FORWARD of iptables-legacy drops forwarded packets, and lets none of pods through [aws-1]',
    ])
      expect(errors).toContain(error)
    const server = result.findings.find(({ topic }) => topic === 'api-server')
    expect(server).toMatchObject({
      severity: 'error',
      what: expect.stringMatching(
        /^the certificate of https:\/\/203\.0\.113\.11:6443 does not name 203\.0\.113\.11, .*172\.31\.0\.11/,
      ),
      advice: expect.stringContaining('certSANs'),
      nodes: ['aws-1', 'aws-2'],
    })
    const advice = result.findings.flatMap(({ topic, advice }) => (topic === 'forwarding' && advice ? [advice] : []))
    expect(advice.toSorted()).toEqual([
      'iptables -I DOCKER-USER -s 10.42.0.0/16 -j ACCEPT; iptables -I DOCKER-USER -d 10.42.0.0/16 -j ACCEPT',
      'iptables-legacy -I FORWARD -s 10.42.0.0/16 -j ACCEPT; iptables-legacy -I FORWARD -d 10.42.0.0/16 -j ACCEPT',
    ])
    expect(code).toBe(1)
  })

  test('an image that no node has is one finding of all nodes, and not waited for', async () => {
    const { code, result } = await check<BeforeResult>(cluster, ...wishes, '--image', 'damask.dev/no-such-image:1')
    expect(result.findings.find(({ topic }) => topic === 'nodes')).toMatchObject({
      severity: 'error',
      what: expect.stringContaining('the pod of the check did not start'),
      advice: expect.stringContaining('import it'),
      nodes: ['aws-1', 'aws-2'],
    })
    expect(code).toBe(1)
  })

  test('interrupted, it leaves nothing either', async () => {
    const kubeconfig = await cluster.plane.kubeconfig('host')
    const words = ['check', ...wishes, '--kubeconfig', kubeconfig, '--image-pull-policy', 'Never']
    const child = spawn(PROGRAM, words, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr?.on('data', (bytes) => {
      said += bytes
    })
    await expect.poll(() => isGone(cluster)).toBe(false)
    const ended = once(child, 'close')
    child.kill('SIGINT')
    expect(await ended).toEqual([1, null])
    expect(said).toContain('stopped; nothing of the check is left in the cluster')
    expect(await isGone(cluster)).toBe(true)
  })
})

/** Nodes that none has. */
const flannel = (namespace: string, name: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { namespace, name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        nodeSelector: { 'no-such': 'node' },
        containers: [{ name: 'flannel', image: 'ghcr.io/flannel-io/flannel:v0.27.4' }],
      },
    },
  },
})

describe('after an installation of somebody else: the stock bridge', () => {
  let cluster: DamaskCluster
  beforeAll(async () => {
    cluster = await startBareCluster({ world: join(import.meta.dirname, 'flat-nodes.yaml') })
    await installBridge(cluster)
    await cluster.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s')
  })
  afterAll(() => closed(cluster))

  test('everything comes back, but for names, where there is no DNS yet', async () => {
    const { code, result } = await check<AfterResult>(cluster)
    expect(found(result.findings, 'error')).toEqual([])
    expect(found(result.findings, 'warning')).toEqual([
      expect.stringContaining('Damask is not installed'),
      expect.stringContaining('there is no DNS in the cluster'),
    ])
    expect(found(result.findings, 'ok')).toEqual([
      'pods: 4 of 4 pairs of pods reach each other by TCP and UDP, up to full size, over IPv4 and IPv6 []',
      'services: a service is reached from every node, by TCP and UDP, and by its node port []',
      'names: kubernetes.default.svc is reached from every node []',
      'host-ports: host ports are reached []',
    ])
    expect(result.failed).toEqual([])
    expect(code).toBe(0)
    expect(await isGone(cluster)).toBe(true)
  })

  test('with a DNS, the API server is reached by its name', async () => {
    await deployCoreDns(cluster)
    await cluster.kubectl('rollout', 'status', 'deployment/coredns', '--namespace=kube-system', '--timeout=120s')
    const { code, result } = await check<AfterResult>(cluster)
    expect(found(result.findings, 'warning')).toEqual([expect.stringContaining('Damask is not installed')])
    expect(code).toBe(0)
  })

  test('large packets that are lost without a word are told from a way that is not there', async () => {
    const node = cluster.node('flat-2')
    await node.run(
      'nft',
      'table inet broken { chain forward { type filter hook forward priority 0; iifname "cni0" oifname != "cni0" ip daddr 10.42.0.0/16 udp length > 1400 drop; oifname "cni0" iifname != "cni0" ip6 daddr fd42:42::/56 drop; }; }',
    )
    const { code, result } = await check<AfterResult>(cluster)
    await node.run('nft', 'delete table inet broken')
    expect(code).toBe(1)
    const pods = result.findings.filter(({ topic, severity }) => topic === 'pods' && severity === 'error')
    expect(pods.map(({ what, nodes }) => [what, nodes])).toEqual(
      expect.arrayContaining([[expect.stringContaining('do not reach pods of flat-2'), ['flat-1']]]),
    )
    const probes = result.failed.map(({ from, to, family, probe }) => `${from} ${to} ${family} ${probe}`)
    expect(probes).toEqual(
      expect.arrayContaining(['flat-1 flat-2 6 tcp', 'flat-1 flat-2 6 udp', 'flat-2 flat-1 4 udp-full']),
    )
    expect(probes).not.toContain('flat-2 flat-1 4 udp')
    expect(result.matrix).toMatch(/^from \\ to/)
    expect(await isGone(cluster)).toBe(true)
  })
})

describe('after damask install, over three clouds', () => {
  let cluster: DamaskCluster
  beforeAll(async () => {
    cluster = await startDamaskCluster()
    await deployCoreDns(cluster)
    await cluster.kubectl('rollout', 'status', 'deployment/coredns', '--namespace=kube-system', '--timeout=120s')
  })
  afterAll(() => closed(cluster))

  test('pods of all nodes reach each other, services, the name of the API server, host ports and node ports', async () => {
    const { code, result } = await check<AfterResult>(cluster)
    expect(found(result.findings, 'warning')).toEqual([])
    expect(found(result.findings, 'ok')).toEqual(
      expect.arrayContaining([
        'agents: the agents of all 4 nodes are ready []',
        'pods: 16 of 16 pairs of pods reach each other by TCP and UDP, up to full size, over IPv4 and IPv6 []',
        'names: kubernetes.default.svc is reached from every node []',
        'host-ports: host ports are reached []',
      ]),
    )
    expect(result.failed).toEqual([])
    expect(code).toBe(0)
  })

  test('what Damask itself holds is no trouble to a check before the next installation', async () => {
    const { code, result } = await check<BeforeResult>(cluster, '--before', '--fabric', 'vxlan')
    expect(found(result.findings, 'error')).toEqual([])
    expect(code).toBe(0)
  })
})
