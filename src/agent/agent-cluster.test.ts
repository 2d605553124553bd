import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatAddress, type HostLink, type NodeReport, type NodeStatus, parseAddress } from '../model/index.ts'
import { openDirectoryStore } from '../store/index.ts'
import { createNode, ETH0, NETWORK, type NodeUnderTest, nodeText, PEER, statusText } from './agent.fixture.ts'
import type { AgentStore } from './index.ts'

let node: NodeUnderTest
let told: { readonly status: NodeStatus; readonly report: NodeReport | undefined }[]
beforeEach(async () => {
  node = await createNode({ speed: 20 })
  told = []
})
afterEach(() => node.remove())

/** Files, but it knows nodes before they are in the World, and takes their reports. */
const clusterStore = async (): Promise<AgentStore> => ({
  ...openDirectoryStore({ directory: node.path('store') }),
  takesNewcomers: true,
  async writeStatus(status, report) {
    told.push({ status, report })
    node.write('status-a.yaml', statusText('a', status.publicKey ?? ''))
    return true
  },
})
const latest = () => told.at(-1)
const addresses = (): string[] | undefined =>
  latest()?.status.addresses?.map(({ address, length }) => `${formatAddress(address)}/${length}`)
const linkWith = (name: string, ...texts: readonly string[]): HostLink => ({
  ...ETH0,
  name,
  addresses: texts.map((text) => ({ address: parseAddress(text), length: 24 })),
})

describe('a node of a cluster', () => {
  it('says its key and its addresses before it is in the world', async () => {
    renameSync(node.path('store', 'a.yaml'), node.path('later.yaml'))
    await node.start({ openStore: clusterStore })
    await node.until(() => addresses()?.length === 1)
    expect(latest()?.status.publicKey).toMatch(/^[\w+/]{43}=$/)
    expect(addresses()).toEqual(['192.168.1.11/24'])
    expect(latest()?.report).toEqual({
      isReady: false,
      reason: 'the store has no Node a; waiting for it, and changing nothing',
      pods: 0,
      version: '0.0.0',
    })
    expect(node.kernel().applied()).toEqual([])

    renameSync(node.path('later.yaml'), node.path('store', 'a.yaml'))
    await node.until(() => latest()?.report?.isReady === true)
    expect(latest()?.report).toEqual({
      site: 'a',
      role: 'gateway',
      slot: 1,
      endpoint: '203.0.113.1:51820',
      isReady: true,
      pods: 0,
      version: '0.0.0',
    })
  })

  it('says another address of its link when it gets one, in the world or not', async () => {
    renameSync(node.path('store', 'a.yaml'), node.path('later.yaml'))
    await node.start({ openStore: clusterStore })
    await node.until(() => addresses()?.length === 1)
    node.kernel().setHostLink(linkWith('eth0', '192.168.1.12'))
    node.kernel().setHostLink(linkWith('dmk1', '10.1.1.1'))
    await node.until(() => addresses()?.join() === '192.168.1.12/24')
    node.kernel().setHostLink(ETH0)
    renameSync(node.path('later.yaml'), node.path('store', 'a.yaml'))
    await node.until(() => node.stands(PEER) && addresses()?.join() === '192.168.1.11/24')
    node.kernel().setHostLink(linkWith('eth1', '10.9.9.9'))
    await node.until(() => addresses()?.join() === '10.9.9.9/24,192.168.1.11/24')
  })

  it('tells of handshakes and pods now and then', async () => {
    await node.start({ openStore: clusterStore })
    await node.until(() => node.stands(PEER) && latest()?.report?.isReady === true)
    node.hearFromB('203.0.113.2:51820')
    const before = told.length
    const heardAt = node.clock.now()
    await node.until(() => (latest()?.report?.lastHandshakeAt ?? 0) > 0)
    expect(told.length).toBe(before + 1)
    expect(node.clock.now() - heardAt).toBeLessThan(90_000)
    expect(Math.abs((latest()?.report?.lastHandshakeAt ?? 0) - heardAt)).toBeLessThan(2000)
  })

  it('says what is wrong with it as conditions', async () => {
    mkdirSync(node.path('proc/net'), { recursive: true })
    writeFileSync(node.path('proc/net/ip_tables_names'), 'filter\n')
    await node.start({ openStore: clusterStore })
    await node.until(() => latest()?.status.conditions?.some(({ type }) => type === 'LegacyFilter') === true)
  })

  it('has its network and serves its pods while the API server does not answer', async () => {
    await node.startAndSettle()
    await node.stop()
    node.reboot()
    const agent = await node.start({ openStore: () => new Promise(() => {}) })
    expect(node.stands(PEER)).toBe(true)
    expect((await node.askCni('VERSION')).code).toBeUndefined()
    expect((await agent.status()).store.kind).toBe('not-read-yet')
  })

  it('says that its store is away, and since when, while what was read stays: the story of an API server that was gone', async () => {
    let since: number | undefined
    const trouble = () => (since === undefined ? undefined : { message: 'connect ECONNREFUSED', since })
    await node.start({ openStore: async () => ({ ...(await clusterStore()), trouble }) })
    await node.until(async () => (await node.status()).store.kind === 'read')
    since = node.clock.now()
    expect((await node.status()).store).toEqual({
      kind: 'away',
      message: 'changes of the store are not heard: connect ECONNREFUSED; going on with the last world',
      since,
    })
    await node.until(async () => (await node.status()).ready.ready)
    since = undefined
    expect((await node.status()).store.kind).toBe('read')
  })

  it('opens its store again and again, until it can', async () => {
    let attempts = 0
    await node.start({
      openStore: () => (++attempts < 3 ? Promise.reject(new Error('no token yet')) : clusterStore()),
    })
    await node.until(async () => (await node.status()).store.kind === 'away')
    await node.until(async () => (await node.status()).store.kind === 'read')
    expect(attempts).toBe(3)
    expect(node.lines.join('')).toContain('cannot read the store: no token yet')
  })
})

describe('a node whose store is of files', () => {
  it('writes there what plans are made of, and nothing else', async () => {
    await node.startAndSettle()
    const { status } = await import('yaml').then(({ parse }) =>
      parse(readFileSync(node.path('store', 'status', 'a.yaml'), 'utf8')),
    )
    expect(Object.keys(status)).toEqual(['publicKey', 'underlayMtu'])
  })
})

describe("a node's container runtime", () => {
  const conflist = () => node.path('net.d', '10-damask.conflist')
  const start = () => {
    writeFileSync(node.path('client'), 'the client')
    return node.start({ cni: { client: node.path('client'), binDir: node.path('bin'), confDir: node.path('net.d') } })
  }

  it('is given our configuration as soon as its pods can be served', async () => {
    rmSync(node.path('store', 'a.yaml'))
    await start()
    await node.until(async () => (await node.status()).store.kind === 'node-missing')
    await node.quiet()
    expect(existsSync(conflist())).toBe(false)
    node.write('a.yaml', nodeText('a', 1))
    await node.until(() => existsSync(conflist()))
    expect(node.stands('link damask0')).toBe(true)
  })

  it('loses it where the site comes to leave its pods to another plugin', async () => {
    await start()
    await node.until(() => existsSync(conflist()))
    node.write('network.yaml', NETWORK.replace('sites:', 'fabric: { kind: none }, sites:'))
    await node.until(() => !existsSync(conflist()))
  })

  it('gets it back where somebody deleted it, which is drift', async () => {
    await start()
    await node.until(() => existsSync(conflist()))
    rmSync(conflist())
    await node.until(async () => (await node.status()).drift.total === 1)
    expect((await node.status()).drift.latest).toMatchObject([{ op: 'create', entry: `file ${conflist()}` }])
    expect(existsSync(conflist())).toBe(true)
  })
})
