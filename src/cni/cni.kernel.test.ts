// The real client, server, journal and kernel: pods on one node, whose host side is applied here as the planner says it.
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  createNamespace,
  deleteNamespace,
  openNamespace,
  openRtnetlink,
  type Rtnetlink,
  writeSysctl,
} from '../linux/index.ts'
import {
  type Address,
  formatAddress,
  hostPrefix,
  type LocalPod,
  PROTOCOL,
  parseAddress,
  parsePrefix,
  TABLE,
} from '../model/index.ts'
import { type AddressJournal, openAddressJournal } from './address-journal.ts'
import type { CniContext } from './cni-context.ts'
import { cniHandler } from './cni-handler.ts'
import { type CniServer, serveCni } from './cni-server.ts'
import { podIdentity } from './pod-identity.ts'

const GATEWAYS = { 4: parseAddress('10.244.11.1'), 6: parseAddress('fd44:11::1') }
const folder = mkdtempSync(join(tmpdir(), 'damask-cni-'))
const client = join(folder, 'damask-cni')
let id = ''
let namespaces: string[] = []
let host: Rtnetlink
let journal: AddressJournal
let journalPath = ''
let server: CniServer
let socketPath = ''
/** What `attach` does after it made the host's side. */
let afterAttach = async (): Promise<void> => {}

beforeAll(() => {
  execFileSync(new URL('../../scripts/build-cni.sh', import.meta.url).pathname, [client])
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

beforeEach(async () => {
  id = `${process.pid}-${randomBytes(3).toString('hex')}`
  namespaces = []
  afterAttach = async () => {}
  const node = openNamespace(makeNamespace('node'))
  try {
    host = openRtnetlink(node)
    writeSysctl(node, 'net/ipv4/ip_forward', '1')
    writeSysctl(node, 'net/ipv6/conf/all/forwarding', '1')
    // As kube-proxy's strictARP and MetalLB set them: whoever asks for the gateway's hardware address is not answered.
    writeSysctl(node, 'net/ipv4/conf/all/arp_ignore', '1')
    writeSysctl(node, 'net/ipv4/conf/all/arp_announce', '2')
  } finally {
    node.close()
  }
  host.addBridge({ name: 'damask0' })
  for (const gateway of Object.values(GATEWAYS)) {
    host.addAddress('damask0', gateway, hostPrefix(gateway).length, { noPrefixRoute: true })
    host.addRule({ family: gateway.family, preference: 5000, table: TABLE })
  }
  journalPath = join(folder, `${id}.journal`)
  socketPath = join(folder, `${id}.sock`)
  await start()
})
afterEach(async () => {
  for (const name of namespaces) deleteNamespace(name)
  await stop()
  host.close()
})

async function start(changed: Partial<CniContext> = {}): Promise<void> {
  journal = await openAddressJournal({ path: journalPath })
  const context: CniContext = {
    nodePrefixes: () => [parsePrefix('10.244.11.0/24'), parsePrefix('fd44:11::/64')],
    gatewayAddresses: () => GATEWAYS,
    podMtuBytes: () => 1420,
    rtnetlink: host,
    journal,
    attach,
    onPodsChanged: async () => {},
    ...changed,
  }
  server = await serveCni({ socketPath, handler: cniHandler(context) })
}

async function stop(): Promise<void> {
  await server.close()
  await journal.close()
}

/** The host's side of a pod, as planner/pods.ts has it. */
async function attach({ link, addresses, hardwareAddress }: LocalPod): Promise<void> {
  host.addAddress(link, parseAddress('fe80::1'), 128, { noPrefixRoute: true })
  for (const address of addresses) {
    host.setNeighbour(link, address, hardwareAddress)
    host.addRoute({ to: hostPrefix(address), link, source: GATEWAYS[address.family], table: TABLE, protocol: PROTOCOL })
  }
  await afterAttach()
}

function makeNamespace(name: string): string {
  const namespace = `dmk-cni-${name}-${id}`
  createNamespace(namespace)
  namespaces.push(namespace)
  return namespace
}

type Answer = {
  readonly exitCode: number | null
  readonly output: {
    readonly code?: number
    readonly msg?: string
    readonly ips?: readonly { readonly address: string }[]
  }
}

const pathOf = (namespace: string): string => `/run/netns/${namespace}`

function call(command: 'ADD' | 'DEL', containerId: string, namespacePath: string): Promise<Answer> {
  const env = {
    DAMASK_CNI_SOCKET: socketPath,
    CNI_COMMAND: command,
    CNI_CONTAINERID: containerId,
    CNI_IFNAME: 'eth0',
    CNI_NETNS: namespacePath,
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=${containerId}`,
  }
  return new Promise((resolve, reject) => {
    const child = spawn(client, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.once('error', reject)
    child.once('close', (exitCode) => {
      const text = Buffer.concat(chunks).toString().trim()
      resolve({ exitCode, output: text === '' ? {} : JSON.parse(text) })
    })
    child.stdin.end('{"cniVersion":"1.0.0","name":"damask","type":"damask"}')
  })
}

/** Adds a pod in a namespace of its own, and returns its addresses without their lengths. */
async function add(name: string): Promise<{ namespace: string; addresses: string[] }> {
  const namespace = makeNamespace(name)
  const { exitCode, output } = await call('ADD', name, pathOf(namespace))
  expect(output).not.toHaveProperty('msg')
  expect(exitCode).toBe(0)
  return { namespace, addresses: (output.ips ?? []).map(({ address }) => address.replace(/\/\d+$/, '')) }
}

const ping = (namespace: string, ...args: string[]): boolean => {
  try {
    execFileSync('ip', ['netns', 'exec', namespace, 'ping', '-c1', '-W2', ...args], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}

/** All that ADD makes on the node. */
const hostSide = () => ({
  links: host.links().map(({ name }) => name),
  routes: [...host.routes(4, TABLE), ...host.routes(6, TABLE)].length,
  neighbours: [...host.neighbours(4), ...host.neighbours(6)].filter(({ isPermanent }) => isPermanent).length,
})
const NOTHING = { links: ['lo', 'damask0'], routes: 0, neighbours: 0 }
const textsOf = (addresses: readonly Address[] = []): string[] => addresses.map(formatAddress)

test('two pods reach each other and the gateway in both families, at full MTU, with their own addresses', async () => {
  const a = await add('a')
  const b = await add('b')
  expect([a.addresses, b.addresses]).toEqual([
    ['10.244.11.2', 'fd44:11::2'],
    ['10.244.11.3', 'fd44:11::3'],
  ])
  for (const target of [...b.addresses, '10.244.11.1', 'fd44:11::1', 'fe80::1%eth0']) {
    expect([target, ping(a.namespace, target)]).toEqual([target, true])
  }
  expect(ping(b.namespace, '-M', 'do', '-s', String(1420 - 28), '10.244.11.2')).toBe(true)
  expect(ping(b.namespace, '-M', 'do', '-s', String(1420 - 48), 'fd44:11::2')).toBe(true)
  expect(ping(b.namespace, '-M', 'do', '-s', String(1420 - 27), '10.244.11.2')).toBe(false)
})

test('the node reaches its pods from its gateway address', async () => {
  const { addresses } = await add('a')
  const node = namespaces[0] ?? ''
  for (const address of addresses) expect([address, ping(node, address)]).toEqual([address, true])
  expect(execFileSync('ip', ['-n', node, 'route', 'get', '10.244.11.2'], { encoding: 'utf8' })).toContain(
    'src 10.244.11.1',
  )
})

test('answers ADD as the specification says', async () => {
  const namespace = makeNamespace('a')
  const { output } = await call('ADD', 'a', pathOf(namespace))
  const { link, hardwareAddress, hostHardwareAddress } = podIdentity({ containerId: 'a', interfaceName: 'eth0' })
  expect(output).toEqual({
    cniVersion: '1.0.0',
    interfaces: [
      { name: link, mac: hostHardwareAddress },
      { name: 'eth0', mac: hardwareAddress, sandbox: pathOf(namespace) },
    ],
    ips: [
      { address: '10.244.11.2/32', gateway: '10.244.11.1', interface: 1 },
      { address: 'fd44:11::2/128', gateway: 'fe80::1', interface: 1 },
    ],
    routes: [
      { dst: '0.0.0.0/0', gw: '10.244.11.1' },
      { dst: '::/0', gw: 'fe80::1' },
    ],
    dns: {},
  })
  const names = execFileSync('ip', ['-n', namespace, '-o', 'link'], { encoding: 'utf8' })
  expect(names).toContain(hardwareAddress)
})

test('DEL leaves nothing, and once more is no error', async () => {
  const { namespace } = await add('a')
  for (let round = 0; round < 2; round++) {
    expect(await call('DEL', 'a', pathOf(namespace))).toEqual({ exitCode: 0, output: {} })
    expect(hostSide()).toEqual(NOTHING)
    expect(journal.pods()).toEqual([])
  }
  expect((await add('b')).addresses).toEqual(['10.244.11.3', 'fd44:11::3'])
})

test('DEL frees the addresses of a pod whose namespace is gone', async () => {
  const { namespace } = await add('a')
  deleteNamespace(namespace)
  expect(await call('DEL', 'a', pathOf(namespace))).toMatchObject({ exitCode: 0 })
  expect(await call('DEL', 'a', '')).toMatchObject({ exitCode: 0 })
  expect(hostSide()).toEqual(NOTHING)
  expect(journal.pods()).toEqual([])
})

test('a second ADD of a pod that stands is refused, and the pod goes on as it was', async () => {
  const { namespace } = await add('a')
  const before = journal.pods()
  expect(await call('ADD', 'a', pathOf(namespace))).toMatchObject({ exitCode: 1, output: { code: 101 } })
  expect(journal.pods()).toEqual(before)
  expect(ping(namespace, '10.244.11.1')).toBe(true)
})

test('a second ADD of a pod that stands is refused also where the journal was lost, and DEL removes the pod', async () => {
  const { namespace } = await add('a')
  await stop()
  rmSync(journalPath)
  await start()
  expect(await call('ADD', 'a', pathOf(namespace))).toMatchObject({ exitCode: 1, output: { code: 101 } })
  expect(ping(namespace, '10.244.11.1')).toBe(true)
  expect(await call('DEL', 'a', pathOf(namespace))).toMatchObject({ exitCode: 0 })
  expect(hostSide()).toEqual(NOTHING)
})

test('an interface that is not ours is refused, left alone, and costs no address', async () => {
  const namespace = makeNamespace('a')
  execFileSync('ip', ['-n', namespace, 'link', 'add', 'eth0', 'type', 'bridge'])
  expect(await call('ADD', 'a', pathOf(namespace))).toMatchObject({ exitCode: 1, output: { code: 101 } })
  expect(execFileSync('ip', ['-n', namespace, '-d', 'link', 'show', 'eth0'], { encoding: 'utf8' })).toContain('bridge')
  expect(journal.pods()).toEqual([])
  expect(hostSide()).toEqual(NOTHING)
})

test.each([
  ['the record was written', async () => {}],
  ['the link was made', async (namespace: string) => void (await call('ADD', 'a', pathOf(namespace)))],
])('after a crash once %s, the pod is listed, and DEL and ADD work', async (_, beforeCrash) => {
  const namespace = makeNamespace('a')
  await beforeCrash(namespace)
  const { hostHardwareAddress: _mac, ...identity } = podIdentity({ containerId: 'a', interfaceName: 'eth0' })
  if (journal.pods().length === 0) {
    const pod = {
      containerId: 'a',
      interfaceName: 'eth0',
      ...identity,
      mtuBytes: 1420,
      namespacePath: pathOf(namespace),
    }
    await journal.allocate({
      pod,
      prefixes: [parsePrefix('10.244.11.0/24'), parsePrefix('fd44:11::/64')],
      reserved: [],
    })
  }
  await stop()
  await start()
  expect(journal.pods()).toMatchObject([{ containerId: 'a', link: identity.link, mtuBytes: 1420 }])
  expect(textsOf(journal.pods()[0]?.addresses)).toEqual(['10.244.11.2', 'fd44:11::2'])
  expect(await call('DEL', 'a', pathOf(namespace))).toMatchObject({ exitCode: 0 })
  expect(hostSide()).toEqual(NOTHING)
  expect(await call('ADD', 'a', pathOf(namespace))).toMatchObject({ exitCode: 0 })
  expect(ping(namespace, '10.244.11.1')).toBe(true)
})

test('an ADD without a DEL after a crash before the link was made starts anew', async () => {
  const namespace = makeNamespace('a')
  const { hostHardwareAddress: _, ...identity } = podIdentity({ containerId: 'a', interfaceName: 'eth0' })
  const pod = { containerId: 'a', interfaceName: 'eth0', ...identity, mtuBytes: 1420, namespacePath: pathOf(namespace) }
  await journal.allocate({ pod, prefixes: [parsePrefix('10.244.11.0/24')], reserved: [] })
  expect(await call('ADD', 'a', pathOf(namespace))).toMatchObject({ exitCode: 0 })
  expect(textsOf(journal.pods()[0]?.addresses)).toEqual(['10.244.11.3', 'fd44:11::2'])
  expect(ping(namespace, '10.244.11.1')).toBe(true)
})

test('an ADD whose host side fails leaves no link, no route and no address', async () => {
  const namespace = makeNamespace('a')
  afterAttach = async () => {
    throw new Error('cannot add the route to 10.244.11.2: ENOSPC')
  }
  const { exitCode, output } = await call('ADD', 'a', pathOf(namespace))
  expect(exitCode).toBe(1)
  expect(output).toMatchObject({ code: 102, msg: 'cannot add the route to 10.244.11.2: ENOSPC' })
  expect(hostSide()).toEqual(NOTHING)
  expect(journal.pods()).toEqual([])
})

test.each([
  ['no path', 3, () => '/run/netns/there-is-none'],
  ['a file', 4, () => writeTo('file')],
  ['a namespace of another kind', 4, () => '/proc/self/ns/mnt'],
  ["the node's own namespace", 4, () => '/proc/self/ns/net'],
])('a CNI_NETNS that is %s is refused with code %i by name', async (_, code, path) => {
  const namespacePath = path()
  // In the request "self" is whoever opens it: the server, in this process.
  const { exitCode, output } = await call('ADD', 'a', namespacePath)
  expect(exitCode).toBe(1)
  expect(output).toMatchObject({ code, msg: expect.stringContaining(`CNI_NETNS is ${namespacePath}`) })
  expect(journal.pods()).toEqual([])
})

test('a DEL that comes while the ADD is still at work waits for it, and leaves nothing', async () => {
  const namespace = makeNamespace('a')
  let goOn: () => void = () => {}
  let isWaiting = false
  afterAttach = () => {
    isWaiting = true
    return new Promise((resolve) => {
      goOn = resolve
    })
  }
  const added = call('ADD', 'a', pathOf(namespace))
  await expect.poll(() => isWaiting, { timeout: 5000 }).toBe(true)
  let isDeleted = false
  const deleted = call('DEL', 'a', pathOf(namespace)).finally(() => {
    isDeleted = true
  })
  await sleep(200)
  expect(isDeleted).toBe(false)
  goOn()
  expect([(await added).exitCode, (await deleted).exitCode]).toEqual([0, 0])
  expect(hostSide()).toEqual(NOTHING)
  expect(journal.pods()).toEqual([])
})

test('30 pods at once have an address each, and after as many DELs at once there is nothing', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `p${index}`)
  const pods = await Promise.all(names.map(add))
  expect(new Set(pods.flatMap(({ addresses }) => addresses)).size).toBe(60)
  const last = pods.at(-1)
  expect(ping(pods[0]?.namespace ?? '', last?.addresses[1] ?? '')).toBe(true)
  await Promise.all(names.map((name) => call('DEL', name, '')))
  expect(hostSide()).toEqual(NOTHING)
  expect(journal.pods()).toEqual([])
  expect(readFileSync(journalPath, 'utf8')).toContain('"release"')
})

function writeTo(name: string): string {
  const path = join(folder, name)
  writeFileSync(path, '')
  return path
}
