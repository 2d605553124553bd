// damask install, upgrade and uninstall against a real API server with real controllers and scheduler; only kubelets are pretended.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KubernetesApi, type KubernetesObject, openKubernetesApi } from '../../src/store/index.ts'
import { type ApiServer, startApiServer } from '../api-server.ts'
import { type PretendedKubelets, pretendKubelets, sayReady } from './pretended-kubelets.ts'
import { buildPrograms } from './programs/build-programs.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

let server: ApiServer
let api: KubernetesApi
let kubelets: PretendedKubelets
let programs = ''
let folder = ''
const daemons: ChildProcess[] = []

const CONTROLLERS = [
  'daemonset-controller',
  'deployment-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'replicaset-controller',
  'serviceaccount-controller',
].join()

beforeAll(async () => {
  programs = (await buildPrograms()).kubernetes
  folder = mkdtempSync(join(tmpdir(), 'damask-install-'))
  server = await startApiServer({ programs })
  const silent = () => {}
  api = await openKubernetesApi({
    kubeconfig: server.kubeconfig,
    clock: {
      now: Date.now,
      after(milliseconds, act) {
        const timer = setTimeout(act, milliseconds)
        return () => clearTimeout(timer)
      },
    },
    log: { debug: silent, info: silent, warn: silent },
  })
  daemon('kube-controller-manager', `--controllers=${CONTROLLERS}`)
  daemon('kube-scheduler')
  kubelets = await pretendKubelets(server, api, { 'a-1': '10.244.0.0/24', 'b-1': '10.244.1.0/24' })
})
afterAll(async () => {
  kubelets?.close()
  api?.close()
  for (const child of daemons) child.kill('SIGKILL')
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

function daemon(name: string, ...words: readonly string[]): void {
  const log = openSync(join(folder, `${name}.log`), 'a')
  const common = [`--kubeconfig=${server.kubeconfig}`, '--leader-elect=false', '--secure-port=0']
  daemons.push(spawn(join(programs, name), [...common, ...words], { stdio: ['ignore', log, log] }))
}

type Ended = { readonly code: number; readonly out: string; readonly err: string }

async function damask(...words: readonly string[]): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(process.execPath, ['src/cli/main.ts', ...words], {
      cwd: ROOT,
      env: { HOME: folder, KUBECONFIG: server.kubeconfig },
    })
    return { code: 0, out: stdout, err: stderr }
  } catch (cause) {
    const { code, stdout, stderr } = cause as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

const kubectl = (...words: readonly string[]) =>
  run(join(programs, 'kubectl'), ['--kubeconfig', server.kubeconfig, ...words]).then(
    ({ stdout }) => stdout,
    ({ stderr }: { readonly stderr: string }) => stderr,
  )

function offer(object: KubernetesObject): Promise<string> {
  const file = join(folder, 'object.json')
  writeFileSync(file, JSON.stringify(object))
  const isThere = object.kind === 'Network' && object.metadata.name === 'default'
  return kubectl(isThere ? 'replace' : 'create', '--dry-run=server', '-f', file)
}

const agentImage = () =>
  kubectl('-n', 'damask-system', 'get', 'daemonset', 'damask-agent', '-o', 'jsonpath={..containers[0].image}')

describe('damask install', () => {
  test('asks for the range of pods where the cluster does not tell it, and leaves nothing', async () => {
    const { code, err } = await damask('install')
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(
        /cannot find the range.*nodes have 10\.244\.0\.0\/24, 10\.244\.1\.0\/24\); say --pod-prefix/,
      ),
    })
    expect(await kubectl('get', 'crds', '-o', 'name')).toBe('')
  })

  test('knows what a server of k3s was started with, and its defaults', async () => {
    const said = async (words: readonly string[]) => {
      const annotations = { 'k3s.io/node-args': JSON.stringify(words) }
      await api.mergePatch({ group: '', version: 'v1', plural: 'nodes' }, 'a-1', { metadata: { annotations } })
      return damask('install', '--dry-run', '-o', 'json')
    }
    const given = await said(['server', '--cluster-cidr', '10.244.0.0/16', '--flannel-backend=none'])
    expect({ code: given.code, err: given.err }).toEqual({
      code: 0,
      err: expect.stringContaining('note: pods have 10.244.0.0/16 (what k3s was started with)'),
    })
    expect((await said(['server'])).err).toMatch(/outside of 10\.42\.0\.0\/16 \(what k3s was started with\)/)
    expect((await said(['agent'])).err).toContain('cannot find the range')
  })

  test('says which nodes have other pod prefixes than the cluster says', async () => {
    const data = { ClusterConfiguration: 'networking: { podSubnet: 10.42.0.0/16, serviceSubnet: 10.0.0.0/24 }' }
    const metadata = { name: 'kubeadm-config', namespace: 'kube-system' }
    const maps = { group: '', version: 'v1', plural: 'configmaps', namespace: 'kube-system' }
    await api.create(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data })
    expect((await damask('install')).err).toMatch(
      /10\.244\.0\.0\/24, .* outside of 10\.42\.0\.0\/16 \(ConfigMap kubeadm-config\)/,
    )
    const right = { ClusterConfiguration: 'networking: { podSubnet: "10.244.0.0/16,fd00:42::1/48" }' }
    await api.mergePatch(maps, 'kubeadm-config', { data: right })
  })

  test('says the same of what was said itself', async () => {
    const { code, err } = await damask('install', '--pod-prefix', '10.244.0.0/24')
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(
        /nodes have the pod prefixes 10\.244\.1\.0\/24, outside of 10\.244\.0\.0\/24 \(--pod-prefix\)/,
      ),
    })
  })

  test('finds what was not said, makes all and waits until it is ready', async () => {
    const { code, out, err } = await damask('install', '--timeout', '120', '--pull-secret', 'registry')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('pods have 10.244.0.0/16, fd00:42::/48 (ConfigMap kubeadm-config)')
    expect(out).toContain('services have 10.0.0.0/24 (ServiceCIDR objects)')
    expect(out).toMatch(/ready: \d of \d agents, \d of \d controllers/)
    expect(out.trim().split('\n').at(-1)).toBe('damask is installed, and every agent is ready')
    expect(JSON.parse(await kubectl('get', 'network', 'default', '-o', 'jsonpath={.spec}'))).toEqual({
      podPrefixes: ['10.244.0.0/16', 'fd00:42::/48'],
      servicePrefixes: ['10.0.0.0/24'],
      sites: { by: 'label', label: 'topology.kubernetes.io/region' },
    })
  })

  test('and a check pulls by the same Secrets as it does', async () => {
    const docker = ['--docker-server=r.example', '--docker-username=u', '--docker-password=p']
    await kubectl('-n', 'damask-system', 'create', 'secret', 'docker-registry', 'registry', ...docker)
    const secrets = { group: '', version: 'v1', plural: 'secrets', namespace: 'damask-check' }
    const seen: object[] = []
    let copy: KubernetesObject | undefined
    kubelets.refuse(({ metadata, spec }) => {
      if (metadata.namespace !== 'damask-check') return false
      const { imagePullSecrets = [] } = spec as { readonly imagePullSecrets?: readonly object[] }
      if (seen.push(imagePullSecrets) === 1) void api.get(secrets, 'registry').then((object) => (copy = object))
      return true
    }, 'no such image')
    const { code, err } = await damask('check', '--timeout', '30')
    kubelets.refuseNothing()
    expect({ code, err }).toEqual({ code: 1, err: expect.not.stringContaining('Secret') })
    expect(seen[0]).toEqual([{ name: 'registry' }])
    expect(copy).toMatchObject({ type: 'kubernetes.io/dockerconfigjson', data: expect.anything() })
    expect(await kubectl('get', 'namespace', 'damask-check')).toMatch(/not found/)
    await kubectl('-n', 'damask-system', 'delete', 'secret', 'registry')
  })

  test('called again it changes nothing', async () => {
    const { code, out } = await damask('install', '-o', 'json', '--timeout', '60')
    expect(code).toBe(0)
    const changes: readonly { readonly object: string; readonly change: string }[] = JSON.parse(out)
    expect(changes.length).toBeGreaterThan(15)
    expect(changes.filter(({ change }) => change !== 'unchanged')).toEqual([])
  })

  test('a Network that is there keeps what was not said', async () => {
    await kubectl('patch', 'network', 'default', '--type=merge', '-p', '{"spec":{"gatewaysPerSite":2}}')
    const { out } = await damask('install', '--mtu', '1400', '--no-wait')
    expect(out).toContain('Network default is there; set: spec.mtu')
    expect(JSON.parse(await kubectl('get', 'network', 'default', '-o', 'jsonpath={.spec}'))).toMatchObject({
      podPrefixes: ['10.244.0.0/16', 'fd00:42::/48'],
      gatewaysPerSite: 2,
      mtu: 1400,
    })
  })

  test('says of each node what keeps it, once it waited long enough', async () => {
    kubelets.refuse(({ spec }) => (spec as { nodeName?: string }).nodeName === 'b-1', 'no such image')
    const { code, out } = await damask('install', '--image', 'r.example/damask:0.0.1', '--timeout', '15')
    expect(code).toBe(1)
    expect(out).toMatch(/pod damask-agent-\w+ on node b-1 is not ready: ImagePullBackOff: no such image/)
    expect(out).not.toContain('on node a-1 is not ready')
    kubelets.refuseNothing()
    expect((await damask('install', '--image', 'r.example/damask:0.0.1', '--timeout', '120')).code).toBe(0)
  })
})

describe('the API server', () => {
  const network = (spec: object, name = 'default') => ({
    apiVersion: 'damask.dev/v1alpha1',
    kind: 'Network',
    metadata: { name },
    spec,
  })
  const SITE_WITH_DOTS = { apiVersion: 'damask.dev/v1alpha1', kind: 'Site', metadata: { name: 'a.b' }, spec: {} }
  const meshNode = (fields: object, name = 'a-1') => ({
    apiVersion: 'damask.dev/v1alpha1',
    kind: 'MeshNode',
    metadata: { name },
    ...fields,
  })

  test.each([
    ['host bits', network({ podPrefixes: ['10.42.1.0/16'] }), /podPrefixes\[0\]: .*it has host bits set/],
    ['no prefix', network({ servicePrefixes: ['10.43.0.0'] }), /it is not a prefix such as 10\.42\.0\.0\/16/],
    ['a length of no address', network({ podPrefixes: ['10.0.0.0/33'] }), /it is not a prefix/],
    ['a label that is missing', network({ sites: { by: 'label' } }), /by: label needs a label/],
    ['a label that nobody asks', network({ sites: { by: 'node', label: 'x' } }), /by node need none/],
    ['another MTU', network({ mtu: 'large' }), /it is neither auto nor a whole number from 576 to 65535/],
    ['too many gateways', network({ gatewaysPerSite: 17 }), /should be less than or equal to 16/],
    ['a second Network', network({}, 'second'), /a cluster has one Network, and its name is default/],
    ['a field that nobody knows', network({ podPrefixs: [] }), /unknown field "spec\.podPrefixs"/],
    [
      'no length',
      meshNode({ spec: { privateAddresses: ['10.0.0.1'] } }),
      /it is not an address with its prefix length/,
    ],
    ['no host', meshNode({ spec: { endpoint: { host: 'a b', port: 1 } } }), /it is not an address or a DNS name/],
    ['no ports', meshNode({ spec: { endpoint: { host: 'a', port: 1, ports: [] } } }), /at least 1 items/],
    ['a slot of none', meshNode({ granted: { slot: 17 } }), /should be less than or equal to 16/],
    ['a name of capitals', meshNode({}, 'A'), /Invalid value: "A"/],
    ['a Site of a name with dots', SITE_WITH_DOTS, /metadata\.name is not a DNS label/],
  ])('refuses %s, and says so', async (_, object, message) => {
    expect(await offer(object)).toMatch(message)
  })

  test.each([
    network({
      podPrefixes: ['10.42.0.0/16', 'fd00:42::/48', '0.0.0.0/0', '10.9.8.7/32', '2001:db8::1/128'],
      mtu: 'auto',
    }),
    network({ lan: '172.16.0.0/12', sites: { by: 'field' }, fabric: { kind: 'vxlan', encapsulate: 'cross-subnet' } }),
    meshNode({}),
    meshNode({
      spec: { privateAddresses: ['172.31.0.11/20', 'fd00::b/64'], endpoint: { host: 'a.example.net.', port: 443 } },
      granted: { site: 'Any text', slot: 16, podPrefixes: ['10.42.1.0/24'] },
    }),
    meshNode({ spec: { endpoint: { host: '2001:db8:0:0:1::b', port: 51820, ports: [51820, 40001] }, lan: '::1' } }),
  ])('takes %j', async (object) => {
    expect(await offer(object)).toMatch(/(created|replaced) \(server dry run\)/)
  })

  test('shows people whether it is well', async () => {
    const nodes = { group: 'damask.dev', version: 'v1alpha1', plural: 'meshnodes' }
    await api.create(nodes, meshNode({}, 'shown'))
    const report = { site: 'paris', role: 'gateway', slot: 1, endpoint: '203.0.113.11:51820', ready: 'True', pods: 7 }
    const lastHandshakeTime = new Date(Date.now() - 65_000).toISOString()
    await api.mergePatch(
      nodes,
      'shown',
      { status: { report: { ...report, lastHandshakeTime, version: '1' } } },
      'status',
    )
    const [head = '', row = ''] = (await kubectl('get', 'meshnodes', 'shown')).split('\n')
    expect(head).toMatch(/^NAME +SITE +GATEWAY +ENDPOINT +READY +HANDSHAKE +PODS +AGE$/)
    expect(row).toMatch(/^shown +paris +1 +203\.0\.113\.11:51820 +True +6\ds +7 +\ds$/)
    await api.remove(nodes, 'shown')
  })
})

describe('damask upgrade', () => {
  test('keeps what was said at installation, and takes the same image of its own version', async () => {
    const maps = { group: '', version: 'v1', plural: 'configmaps', namespace: 'damask-system' }
    await api.mergePatch(maps, 'damask-install', { data: { version: '0.0.1' } })
    const { code, out } = await damask('upgrade', '--timeout', '120')
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/changed DaemonSet damask-agent/) })
    expect(await agentImage()).toMatch(/^r\.example\/damask:\d+\.\d+\.\d+$/)
    expect(await agentImage()).not.toBe('r.example/damask:0.0.1')
    const secrets = ['-o', 'jsonpath={..imagePullSecrets[*].name}']
    expect(await kubectl('-n', 'damask-system', 'get', 'daemonset', 'damask-agent', ...secrets)).toBe('registry')
  })

  test('asks for the image where the last one does not say its version', async () => {
    expect((await damask('upgrade', '--image', 'r.example/damask:latest', '--no-wait')).code).toBe(0)
    expect((await damask('upgrade')).err).toMatch(/whose name does not say a version; say --image/)
  })

  test('leaves what Helm installed to Helm', async () => {
    const label = ['-n', 'damask-system', 'label', '--overwrite', 'daemonset', 'damask-agent']
    await kubectl(...label, 'app.kubernetes.io/managed-by=Helm')
    expect((await damask('upgrade', '--image', 'x:1')).err).toMatch(
      /Helm installed Damask here, .* use `helm upgrade damask`/,
    )
    await kubectl(...label, 'app.kubernetes.io/managed-by-')
  })
})

describe('damask uninstall', () => {
  test('cleans nodes with the image that runs there, also where nothing but the agents tells it', async () => {
    await kubectl('-n', 'damask-system', 'delete', 'configmap', 'damask-install')
    kubelets.refuse(({ metadata }) => /^damask-cleanup/.test(metadata.name), 'no such image')
    expect((await damask('uninstall', '--timeout', '10')).code).toBe(1)
    const fields = ['-o', 'jsonpath={..initContainers[0].image} {..imagePullSecrets[*].name}']
    const cleanup = () => kubectl('-n', 'damask-system', 'get', 'daemonset', 'damask-cleanup', ...fields)
    expect(await cleanup()).toBe('r.example/damask:latest registry')
    // The agents are gone by now.
    expect((await damask('uninstall', '--timeout', '10')).code).toBe(1)
    expect(await cleanup()).toBe('r.example/damask:latest registry')
    kubelets.refuseNothing()
    expect((await damask('install', '--image', 'r.example/damask:latest', '--timeout', '120')).code).toBe(0)
  })

  test('leaves all where a node could not be cleaned, and says which', async () => {
    kubelets.refuse(({ metadata }) => /^damask-cleanup/.test(metadata.name), 'no such image')
    const { code, out } = await damask('uninstall', '--timeout', '10')
    expect(code).toBe(1)
    expect(out).toMatch(/b-1 is not clean: ImagePullBackOff: no such image/)
    expect(await kubectl('get', 'network', 'default', '-o', 'name')).toContain('network.damask.dev/default')
    kubelets.refuseNothing()
  })

  test('keeps the kinds with the Network where that is asked for', async () => {
    const { code, out } = await damask('uninstall', '--keep-crds', '--timeout', '120')
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('damask is gone') })
    expect(await kubectl('get', 'network', 'default', '-o', 'name')).toContain('network.damask.dev/default')
    expect(await kubectl('get', 'namespace', 'damask-system')).toMatch(/not found/)
  })

  test('takes what was kept by the next installation, and leaves nothing; a node that does not answer is named', async () => {
    expect((await damask('install', '--timeout', '120')).out).toContain('Network default is there, and stays as it is')
    await sayReady(api, 'b-1', 'Unknown')
    const { code, out } = await damask('uninstall', '--timeout', '120')
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/b-1 did not answer and could not be cleaned/),
    })
    const kinds = ['crds', 'clusterroles', 'clusterrolebindings', 'namespaces', 'priorityclasses']
    const policies = ['validatingadmissionpolicies', 'validatingadmissionpolicybindings']
    expect(await kubectl('get', [...kinds, ...policies].join(), '-o', 'name')).not.toContain('damask')
    expect(await kubectl('get', 'all,configmaps,secrets,leases,roles', '-A', '-o', 'name')).not.toContain('damask')
  })

  test('of a cluster without Damask does nothing', async () => {
    expect(await damask('uninstall', '--timeout', '10')).toEqual({
      code: 0,
      out: 'there is no damask in this cluster\n',
      err: '',
    })
  })
})
