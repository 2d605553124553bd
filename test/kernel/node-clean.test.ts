// `damask node clean` on machines of their own: what it leaves is what was there before.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createLoneMachine, createWire, type LoneMachine, type Pod } from '../lone-machine.ts'

const WORLD = `
apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [10.42.0.0/16, "fd42::/48"], sites: { by: node } }
`
const node = (name: string, number: number) => `---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: ${name} }
spec:
  privateAddresses: [192.0.2.${number}/24]
  endpoint: { host: 192.0.2.${number}, port: 51820 }
  podPrefixes: [10.42.${number}.0/24, "fd42:0:0:${number}::/64"]
`
const PATIENCE = { timeout: 60_000, interval: 20 }
/** Of others, each with one of our marks, and never with all that a thing of ours has. */
const FOREIGN = [
  'ip link add damask-mine type bridge',
  'ip link add dmkmine type bridge',
  'ip link add bridge1 type bridge',
  'ip link set bridge1 group 218',
  'ip rule add pref 5000 fwmark 0x1 table 218 protocol 99',
  'ip rule add pref 4321 table 218 protocol 99',
  'ip route add 198.51.100.0/24 dev eth0 table 218 protocol 99',
  'ip route add unreachable 203.0.113.0/24 table 219 protocol 99',
  'ip nexthop add id 7 blackhole protocol 99',
  'nft add table inet damask2',
  'nft add table ip damask',
]

let folder: string
let wire: ReturnType<typeof createWire>
let a: LoneMachine
let b: LoneMachine
let pod: Pod
/** The machine before any agent was there. */
let pristine: Picture
const store = () => join(folder, 'store')

beforeAll(async () => {
  execFileSync(join(import.meta.dirname, '../../bin/damask'), ['--version'], { stdio: 'ignore' }) // builds
  folder = mkdtempSync(join(tmpdir(), 'damask-clean-'))
  mkdirSync(store())
  writeFileSync(join(store(), 'world.yaml'), WORLD + node('a', 1) + node('b', 2))
  wire = createWire()
  a = createLoneMachine('a', folder)
  b = createLoneMachine('b', folder)
  wire.plug(a.namespace, '192.0.2.1/24')
  wire.plug(b.namespace, '192.0.2.2/24')
  b.startAgent(store())
  for (const command of FOREIGN) a.run(...command.split(' '))
  await vi.waitUntil(() => a.run('ip', '-6', 'address', 'show', 'tentative') === '', PATIENCE)
  pristine = pictureOf(a)
})
afterAll(async () => {
  await a?.remove()
  await b?.remove()
  wire?.remove()
  rmSync(folder, { recursive: true, force: true })
})

type Picture = Readonly<Record<string, unknown>>

/** All that a namespace has, by kind, as the usual tools tell it. */
function pictureOf({ run }: LoneMachine): Picture {
  const json = (...words: string[]): Record<string, unknown>[] => JSON.parse(run('ip', '-j', ...words) || '[]')
  const sorted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort()
  return {
    links: sorted(json('link', 'show').map(({ ifname, group, mtu }) => ({ ifname, group, mtu }))),
    addresses: sorted(
      json('address', 'show').flatMap(({ ifname, addr_info: all }) =>
        (all as { local: string; prefixlen: number }[]).map(({ local, prefixlen }) => ({ ifname, local, prefixlen })),
      ),
    ),
    rules: sorted([...json('-4', 'rule', 'show'), ...json('-6', 'rule', 'show')]),
    routes: sorted([
      ...json('-4', 'route', 'show', 'table', 'all'),
      ...json('-6', 'route', 'show', 'table', 'all').map(({ expires: _, ...route }) => route),
    ]),
    nextHops: sorted(json('nexthop', 'show')),
    neighbours: sorted(json('neigh', 'show', 'nud', 'permanent')),
    filter: run('nft', 'list', 'ruleset'),
    settings: run('sh', '-c', SETTINGS),
    sockets: run('ss', '-Hlnu').split(/\s+/),
  }
}
// Of links that stay; what the kernel counts by itself is no setting.
const SETTINGS =
  'cd /proc/sys/net && grep -rs "" ipv4 ipv6 | grep -Ev "/(stable_secret|random|.*_secret|.*fastopen_key)|/(damask|dmk)" | sort'

const clean = (...words: readonly string[]) => a.damask('node', 'clean', ...words)
const filesOf = (machine: LoneMachine, part: 'state' | 'run'): readonly string[] => {
  const path = join(machine.folder, part)
  return existsSync(path) ? readdirSync(path).sort() : []
}
const tunnels = (): number =>
  Number(
    spawnSync('sh', ['-c', `ip netns pids ${a.namespace} | xargs -r ps -o args= -p | grep -c wireguard-go`]).stdout,
  )

async function liveAsNode(): Promise<void> {
  a.startAgent(store())
  await vi.waitUntil(async () => (await a.ask('/readyz?peers').catch(() => ({ code: 0 }))).code === 200, PATIENCE)
  pod = a.addPod()
}

describe('damask node clean', () => {
  test('on a machine where nothing is, does nothing, and says so', () => {
    expect(clean()).toMatchObject({ status: 0, stdout: 'nothing of damask is here\n', stderr: '' })
    expect(clean('-o', 'json').stdout).toBe('[]\n')
  })

  test('refuses while an agent runs, and while pods live', async () => {
    await liveAsNode()
    const living = pictureOf(a)
    expect(clean()).toMatchObject({ status: 1, stderr: expect.stringMatching(/^an agent runs on .*stop it/) })
    await a.stopAgent()
    expect(clean()).toMatchObject({ status: 1, stderr: expect.stringMatching(/^1 pod has its network from this node/) })
    expect(pictureOf(a)).toEqual(living)
  })

  test('takes all of ours away once the pods are gone, and leaves what is not ours', async () => {
    a.startAgent(store())
    await vi.waitUntil(async () => (await a.ask('/readyz').catch(() => ({ code: 0 }))).code === 200, PATIENCE)
    a.deletePod(pod)
    await expect.poll(() => a.run('ip', '-o', 'link')).not.toMatch(/dmk[^m]/)
    await a.stopAgent()
    const key = readFileSync(join(a.folder, 'state/private.key'), 'utf8')
    expect(tunnels()).toBe(1)
    const { status, stdout, stderr } = clean('--keep-state')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^removed \d links: .*damask0/m)
    expect(stdout).toMatch(/^removed \d+ routes$/m)
    expect(stdout).toMatch(/^removed 1 filter-table: damask$/m)
    expect(stdout).toMatch(/^put back net\/ipv4\/ip_forward = 0$/m)
    expect(tunnels()).toBe(0)
    expect(filesOf(a, 'state')).toEqual(['private.key'])
    expect(readFileSync(join(a.folder, 'state/private.key'), 'utf8')).toBe(key)
    expect(existsSync(join(a.folder, 'run'))).toBe(false)
    expect(pictureOf(a)).toEqual(pristine)
  })
  test('by force takes the network of pods too, and the runtime’s configuration first', async () => {
    await liveAsNode()
    const places = ['--bin-dir', join(a.folder, 'bin'), '--conf-dir', join(a.folder, 'conf')]
    const installed = a.damask('cni', 'install', ...places)
    expect(installed).toMatchObject({ status: 0 })
    await a.stopAgent()
    const { status, stdout } = clean('--force', '-o', 'json')
    expect(status).toBe(0)
    const steps: { change: string; kind: string; name: string }[] = JSON.parse(stdout)
    expect(steps.slice(0, 2)).toEqual([
      { change: 'removed', kind: 'file', name: join(a.folder, 'conf/10-damask.conflist') },
      { change: 'removed', kind: 'file', name: join(a.folder, 'bin/damask') },
    ])
    expect(steps.filter(({ kind, name }) => kind === 'link' && name.startsWith('dmk'))).toHaveLength(1)
    expect(filesOf(a, 'state')).toEqual([])
    expect(existsSync(join(a.folder, 'state'))).toBe(false)
    expect(pictureOf(a)).toEqual(pristine)
    expect(clean().stdout).toBe('nothing of damask is here\n')
  })

  test('leaves a setting that somebody changed since, a file that is not ours, and names them', async () => {
    await liveAsNode()
    await a.stopAgent()
    a.run('sh', '-c', 'echo 2 > /proc/sys/net/ipv4/fib_multipath_hash_policy')
    writeFileSync(join(a.folder, 'state/notes.txt'), '')
    const { status, stdout } = clean('--force')
    expect(status).toBe(0)
    expect(stdout).toContain('kept sysctl net/ipv4/fib_multipath_hash_policy: somebody made it 2 since\n')
    expect(stdout).toContain(`kept folder ${join(a.folder, 'state')}: notes.txt in it is not ours\n`)
    expect(filesOf(a, 'state')).toEqual(['notes.txt'])
    rmSync(join(a.folder, 'state'), { recursive: true })
    a.run('sh', '-c', 'echo 0 > /proc/sys/net/ipv4/fib_multipath_hash_policy')
    expect(pictureOf(a)).toEqual(pristine)
  })

  test('leaves a machine that forwards for the bridge of another network plugin as it is in that', async () => {
    await liveAsNode()
    await a.stopAgent()
    a.run('ip', 'link', 'set', 'bridge1', 'up')
    const { status, stdout } = clean('--force')
    expect(status).toBe(0)
    for (const key of ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding'])
      expect(stdout).toContain(`kept sysctl ${key}: bridge1 of others may need it 1\n`)
    expect(stdout).toContain('put back net/ipv4/fib_multipath_hash_policy = 0\n')
    expect(a.run('cat', '/proc/sys/net/ipv4/ip_forward')).toBe('1\n')
    a.run('ip', 'link', 'set', 'bridge1', 'down')
    a.run('sh', '-c', 'for f in ipv4/ip_forward ipv6/conf/all/forwarding; do echo 0 > /proc/sys/net/$f; done')
    expect(pictureOf(a)).toEqual(pristine)
  })

  test('cleans what was set up in part: a link of a kind that we never make, a route alone, files that a crash left', () => {
    a.run('ip', 'link', 'add', 'damask-x', 'type', 'ifb')
    a.run('ip', 'link', 'set', 'damask-x', 'group', '218')
    a.run('ip', 'route', 'add', '10.9.0.0/16', 'dev', 'eth0', 'table', '218', 'protocol', '218')
    mkdirSync(join(a.folder, 'state'), { recursive: true })
    writeFileSync(join(a.folder, 'state/world.snapshot.new'), '{')
    writeFileSync(join(a.folder, 'state/sysctls.json'), '{')
    const { status, stdout, stderr } = clean()
    expect(stdout).toContain('removed 1 link: damask-x\n')
    expect(stderr).toMatch(/cannot read what settings of the host were before Damask/)
    expect(status).toBe(0)
    expect(pictureOf(a)).toEqual(pristine)
  })
})

test('a removal of the Debian package cleans the machine, and keeps its key', async () => {
  a.startAgent(store())
  await vi.waitUntil(async () => (await a.ask('/readyz').catch(() => ({ code: 0 }))).code === 200, PATIENCE)
  const bin = join(folder, 'package-bin')
  mkdirSync(bin)
  const folders = `--state ${join(a.folder, 'state')} --run ${join(a.folder, 'run')}`
  const program = `${process.execPath} ${join(import.meta.dirname, '../../dist/damask.js')}`
  writeFileSync(join(bin, 'damask'), `#!/bin/sh\nexec ${program} "$@" ${folders}\n`, { mode: 0o755 })
  writeFileSync(join(bin, 'deb-systemd-invoke'), '#!/bin/sh\n', { mode: 0o755 })
  const script = join(import.meta.dirname, '../../packaging/debian/prerm')
  const remove = (...words: string[]) =>
    spawnSync('ip', ['netns', 'exec', a.namespace, 'env', `PATH=${bin}:${process.env.PATH}`, 'sh', script, ...words], {
      encoding: 'utf8',
    })
  expect(remove('remove')).toMatchObject({ status: 0, stderr: expect.stringContaining('damask: the network stays') })
  await a.stopAgent()
  expect(remove('upgrade', '9.9.9')).toMatchObject({ status: 0, stdout: '' })
  expect(remove('remove')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^removed \d links: /m) })
  expect(filesOf(a, 'state')).toEqual(['private.key'])
  expect(pictureOf(a)).toEqual(pristine)
})

describe('damask node clean beside a keeper', () => {
  test('ends what it keeps, and leaves the keeper itself', async () => {
    const keeper = a.start('keeper')
    const ended = new Promise((resolve) => keeper.once('exit', resolve))
    try {
      const ask = (path: string, method?: 'PUT') =>
        a.ask(path, { socket: 'keeper.sock', ...(method && { method }) }).catch(() => ({ code: 0, body: '' }))
      await vi.waitUntil(async () => (await ask('/interfaces')).code === 200, PATIENCE)
      mkdirSync(join(a.folder, 'run/wireguard')) // which containers mount
      await ask('/interfaces/damask-t7', 'PUT')
      expect(tunnels()).toBe(1)
      const { status, stdout } = clean()
      expect(status).toBe(0)
      expect(stdout).toMatch(/^kept file .*keeper\.sock: a keeper runs there$/m)
      expect(tunnels()).toBe(0)
      expect((await ask('/interfaces')).body).toBe('[]\n')
      expect(filesOf(a, 'run')).toEqual(['keeper.lock', 'keeper.sock', 'wireguard'])
    } finally {
      keeper.kill()
      await ended
    }
    expect(clean().stdout).toMatch(/^removed 1 file: .*keeper\.lock\nremoved 2 folders: .*wireguard, .*run$/m)
  })
})
