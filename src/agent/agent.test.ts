import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MemoryKernel, openMemoryKernel } from '../linux/index.ts'
import { type Address, formatAddress, keyOf, type PublicKey, parseAddress, sysctl } from '../model/index.ts'
import { formatIssue, openDirectoryStore } from '../store/index.ts'
import { type Agent, type AgentKernel, type AgentOptions, openHost, openSecretLog, startAgent } from './index.ts'

const NETWORK = `
apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [10.42.0.0/16, "fd42::/48"], sites: { by: node } }
`
const node = (name: string, number: number, fields = '') => `
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: ${name} }
spec: { privateAddresses: [192.168.${number}.11/24], podPrefixes: [10.42.${number}.0/24, "fd42:0:0:${number}::/64"]${fields} }
`
const B_KEY = 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=' as PublicKey
const ETH0 = {
  name: 'eth0',
  mtuBytes: 1450,
  isUp: true,
  hardwareAddress: '02:00:00:00:00:01',
  addresses: [{ address: parseAddress('192.168.1.11'), length: 24 }],
}

let folder: string
let kernel: MemoryKernel
let lines: string[]
let datagrams: string[]
const agents: Agent[] = []
const path = (...names: string[]) => join(folder, ...names)

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'damask-agent-'))
  lines = []
  datagrams = []
  kernel = openMemoryKernel({ hostLinks: [ETH0] })
  mkdirSync(path('store'))
  writeFileSync(path('store', 'network.yaml'), NETWORK)
  writeFileSync(path('store', 'a.yaml'), node('a', 1, ', endpoint: { host: 203.0.113.1, port: 51820 }'))
  writeFileSync(path('store', 'b.yaml'), node('b', 2))
  const store = openDirectoryStore({ directory: path('store') })
  await store.writeStatus({ name: 'b', publicKey: B_KEY })
  store.close()
})
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(options: Partial<AgentOptions> = {}): Promise<Agent> {
  const log = openSecretLog({ level: 'debug', node: 'a', write: (line) => lines.push(line) })
  const agent = await startAgent({
    node: 'a',
    folders: { state: path('state'), run: path('run') },
    openKernel: async () => unclosed(kernel),
    openStore: async () => ({ ...openDirectoryStore({ directory: path('store'), log }), formatIssue }),
    host: openHost({ kernelRelease: '6.18.44', isRoot: true, root: folder }),
    clock: {
      now: () => Date.now(),
      after(milliseconds, run) {
        const timer = setTimeout(run, milliseconds)
        return () => clearTimeout(timer)
      },
    },
    log,
    sendDatagram: (to: Address) => void datagrams.push(formatAddress(to)),
    ...options,
  })
  agents.push(agent)
  return agent
}

/** The kernel outlives the agent, as kernels do. */
const unclosed = (of: MemoryKernel): AgentKernel => ({ ...of, wireguard: 'kernel', close: () => {} })

async function until(isTrue: () => boolean | Promise<boolean>, milliseconds = 4000): Promise<void> {
  const end = Date.now() + milliseconds
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`not so within ${milliseconds} ms: ${isTrue}\n${lines.join('')}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
const standsKey = (key: string) => kernel.standing().some((entry) => keyOf(entry) === key)
const entryOf = (key: string) => kernel.standing().find((entry) => keyOf(entry) === key)
const PEER = `wireguard-peer damask-t1 ${B_KEY}`
const ROUTE = 'route 218 10.42.2.0/24'

/** Runs the agent until its store was read, its plan stands and its key is published. */
async function startAndSettle(options: Partial<AgentOptions> = {}): Promise<Agent> {
  const agent = await start(options)
  await until(async () => (await agent.status()).store.kind === 'read' && standsKey(PEER))
  await until(() => existsSync(path('state', 'world.snapshot')) && existsSync(path('store', 'status', 'a.yaml')))
  await quiet()
  return agent
}

/** Waits until nothing has been written for a while. */
async function quiet(): Promise<void> {
  for (let before = -1; before !== kernel.applied().length; ) {
    before = kernel.applied().length
    await new Promise((resolve) => setTimeout(resolve, 80))
  }
}

function ask(what: string): Promise<{ code: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: path('run', 'agent.sock'), path: what, agent: false }, (answer) => {
      let body = ''
      answer.on('data', (chunk) => {
        body += chunk
      })
      answer.on('end', () => resolve({ code: answer.statusCode ?? 0, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('an agent', () => {
  it('brings its kernel to the plan and publishes its key and the MTU of its underlay', async () => {
    const agent = await startAndSettle()
    expect(standsKey('link damask0') && standsKey('link damask-t1') && standsKey(ROUTE)).toBe(true)
    const { publicKey, site, role, underlay, devices } = await agent.status()
    expect({ site, role, underlay }).toEqual({ site: 'a', role: 'gateway', underlay: { link: 'eth0', mtuBytes: 1450 } })
    expect(devices.map(({ name }) => name).sort()).toEqual(['damask-t1', 'damask0'])
    const status = readFileSync(path('store', 'status', 'a.yaml'), 'utf8')
    expect(status).toContain(publicKey)
    expect(status).toContain('1450')
  })

  it('writes nothing and logs nothing when all is as planned, nor when it starts again', async () => {
    const agent = await startAndSettle()
    const { publicKey } = await agent.status()
    const written = kernel.applied().length
    const logged = lines.length
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(kernel.applied()).toHaveLength(written)
    expect(lines.slice(logged)).toEqual([])
    await agents.pop()?.close()
    expect(standsKey(ROUTE)).toBe(true)
    const again = await startAndSettle()
    expect(kernel.applied()).toHaveLength(written)
    expect((await again.status()).publicKey).toBe(publicKey)
  })

  it('has its network from the snapshot before it asks the store, and when there is none', async () => {
    await startAndSettle()
    await agents.pop()?.close()
    renameSync(path('store'), path('elsewhere'))
    kernel = openMemoryKernel({ hostLinks: [ETH0] })
    let stoodBefore = false
    const agent = await start({
      openStore: async () => {
        stoodBefore = standsKey(ROUTE) && existsSync(path('run', 'cni.sock'))
        return { ...openDirectoryStore({ directory: path('store') }), formatIssue }
      },
    })
    expect(stoodBefore).toBe(true)
    await until(async () => (await agent.status()).store.kind !== 'not-read-yet')
    const { store, world } = await agent.status()
    expect(['away', 'broken']).toContain(store.kind)
    expect(world).toMatchObject({ source: 'snapshot', nodes: 2 })
    renameSync(path('elsewhere'), path('store'))
    await until(async () => (await agent.status()).world.source === 'store', 10_000)
  }, 15_000)

  it('goes on without a damaged snapshot, and says so', async () => {
    mkdirSync(path('state'), { mode: 0o700 })
    writeFileSync(path('state', 'world.snapshot'), 'damask-snapshot 1 00000000\n{}')
    await startAndSettle()
    expect(lines.join('')).toMatch(/"level":"warn".*world\.snapshot is damaged/)
  })

  it('puts back what somebody removed within 100 ms, and remembers it', async () => {
    const agent = await startAndSettle()
    const entry = entryOf(ROUTE)
    if (entry === undefined) throw new Error(`there is no ${ROUTE}`)
    const at = Date.now()
    kernel.interfere({ op: 'delete', entry })
    expect(standsKey(ROUTE)).toBe(false)
    await until(() => standsKey(ROUTE))
    expect(Date.now() - at).toBeLessThan(2000)
    await until(async () => (await agent.status()).drift.total === 1)
    expect((await agent.status()).drift.latest).toMatchObject([{ op: 'create', entry: ROUTE }])
  })

  it('keeps its plan when the world asks for what cannot be planned, and says what', async () => {
    const agent = await startAndSettle()
    const before = kernel.standing()
    writeFileSync(path('store', 'network.yaml'), NETWORK.replace('sites:', 'gatewaysPerSite: 2, sites:'))
    await until(async () => (await agent.status()).store.kind === 'broken')
    expect(JSON.stringify((await agent.status()).store)).toContain('2 gateways a site are not planned yet')
    expect(kernel.standing()).toEqual(before)
  })

  it('keeps its plan when the store is broken, and says where', async () => {
    const agent = await startAndSettle()
    const written = kernel.applied().length
    writeFileSync(path('store', 'b.yaml'), 'kind: Node\nmetadata: { name: b }\nspec: { podPrefixs: [] }')
    await until(async () => (await agent.status()).store.kind === 'broken')
    expect((await agent.status()).store).toMatchObject({ message: expect.stringMatching(/b\.yaml:\d+:\d+: /) })
    writeFileSync(path('store', 'b.yaml'), node('b', 3))
    await until(() => standsKey('route 218 10.42.3.0/24'))
    expect(kernel.applied().length).toBeGreaterThan(written)
    expect(standsKey(ROUTE)).toBe(false)
  })

  it('reads a store at once when it is mended, however long it was broken', async () => {
    const agent = await startAndSettle()
    const text = readFileSync(path('store', 'b.yaml'), 'utf8')
    for (let number = 1; number <= 4; number++) {
      writeFileSync(path('store', 'b.yaml'), text.replace('podPrefixes', `broken${number}`))
      await until(async () => JSON.stringify((await agent.status()).store).includes(`broken${number}`))
    }
    writeFileSync(path('store', 'b.yaml'), text)
    await until(async () => (await agent.status()).store.kind === 'read', 1000)
  })

  it('loses nothing when its node is taken out of the store', async () => {
    const agent = await startAndSettle()
    const before = kernel.standing().map(keyOf)
    rmSync(path('store', 'a.yaml'))
    rmSync(path('store', 'status', 'a.yaml'))
    await until(async () => (await agent.status()).store.kind === 'node-missing')
    await quiet()
    expect(kernel.standing().map(keyOf)).toEqual(before)
  })

  it('has its tunnel also while its key cannot be published', async () => {
    await start({
      openStore: async () => ({
        ...openDirectoryStore({ directory: path('store') }),
        formatIssue,
        writeStatus: () => Promise.reject(new Error('the disk is full')),
      }),
    })
    await until(() => standsKey('wireguard-device damask-t1') && standsKey(PEER))
    await until(() => lines.join('').includes('cannot publish the status of this node'))
  })

  it('waits for a node that is not in the store yet', async () => {
    renameSync(path('store', 'a.yaml'), path('later.yaml'))
    const agent = await start()
    await until(async () => (await agent.status()).store.kind === 'node-missing')
    expect(kernel.applied()).toEqual([])
    expect((await ask('/readyz')).code).toBe(503)
    renameSync(path('later.yaml'), path('store', 'a.yaml'))
    await until(() => standsKey(PEER))
  })

  it('makes a lost tunnel anew with the endpoint last heard, and speaks first', async () => {
    await startAndSettle()
    const endpoint = { address: parseAddress('198.51.100.7'), port: 4711 }
    const lastHandshake = Math.floor(Date.now() / 1000)
    kernel.setActivity({ link: 'damask-t1', publicKey: B_KEY, endpoint, lastHandshake, receivedBytes: 1, sentBytes: 1 })
    await until(async () => JSON.stringify(await agents[0]?.status()).includes('198.51.100.7:4711'))
    datagrams = []
    const link = entryOf('link damask-t1')
    if (link === undefined) throw new Error('there is no damask-t1')
    kernel.interfere({ op: 'delete', entry: link })
    await until(() => standsKey(PEER) && standsKey(ROUTE))
    expect(entryOf(PEER)).toMatchObject({ endpoint })
    await until(() => datagrams.length > 0)
    expect(datagrams).toEqual(['10.42.2.1'])
  })

  it('finds a WireGuard peer that somebody changed, which no kernel announces', async () => {
    const agent = await startAndSettle()
    const peer = entryOf(PEER)
    if (peer?.kind !== 'wireguard-peer') throw new Error(`there is no ${PEER}`)
    kernel.interfere({ op: 'update', entry: { ...peer, allowedIps: [] }, observed: peer })
    await until(async () => {
      await agent.status()
      return JSON.stringify(entryOf(PEER)) !== JSON.stringify({ ...peer, allowedIps: [] })
    })
  })

  it.each(['net/ipv4/fib_multipath_hash_policy', 'net/ipv4/ip_forward'])(
    'puts back the setting %s, which not every kernel announces',
    async (key) => {
      const agent = await startAndSettle()
      kernel.interfere({ op: 'create', entry: sysctl({ key, value: '0', because: [] }) })
      expect(kernel.sysctl(key)).toBe('0')
      await until(async () => {
        await agent.status()
        return kernel.sysctl(key) === '1'
      })
    },
  )

  it('reports what the kernel refuses, tries it again after a while and never in a hot loop', async () => {
    let attempts = 0
    let refuses = true
    const refusing: AgentKernel = {
      ...unclosed(kernel),
      async apply(changes) {
        const refused = refuses ? changes.filter(({ entry }) => keyOf(entry) === ROUTE) : []
        attempts += refused.length
        const rest = await kernel.apply(changes.filter((change) => !refused.includes(change)))
        return [...rest, ...refused.map((change) => ({ change, code: 'EINVAL', message: 'cannot add it: EINVAL' }))]
      },
    }
    const agent = await start({ openKernel: async () => refusing })
    await until(async () => (await agent.status()).failures.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(attempts).toBeLessThanOrEqual(3)
    expect(standsKey(PEER)).toBe(true)
    const { code, body } = await ask('/readyz')
    expect(code).toBe(503)
    expect(JSON.parse(body).reasons).toContainEqual({ kind: 'failure', message: 'cannot add it: EINVAL' })
    refuses = false
    await until(() => standsKey(ROUTE))
    expect((await agent.status()).failures).toEqual([])
  })

  it('is ready once its plan stands, and has converged once every node has a key and every peer had a handshake', async () => {
    await startAndSettle()
    const reasons = async (): Promise<readonly { readonly kind: string; readonly message: string }[]> =>
      JSON.parse((await ask('/readyz?peers')).body).reasons ?? []
    expect((await ask('/readyz')).code).toBe(200)
    expect((await ask('/readyz?peers')).code).toBe(503)
    expect(await reasons()).toMatchObject([
      { kind: 'no-handshake', message: expect.stringMatching(/with b on damask-t1/) },
    ])
    const lastHandshake = Math.floor(Date.now() / 1000)
    kernel.setActivity({ link: 'damask-t1', publicKey: B_KEY, lastHandshake, receivedBytes: 1, sentBytes: 1 })
    await until(async () => (await ask('/readyz?peers')).code === 200)
    writeFileSync(path('store', 'c.yaml'), node('c', 3))
    // Between the change and the end of its round the plan that does not stand yet is a reason too.
    await until(async () => JSON.stringify((await reasons()).map(({ kind }) => kind)) === '["key-missing"]')
    expect((await reasons())[0]?.message).toMatch(/for c$/)
    await until(async () => (await ask('/readyz')).code === 200)
  })

  it('counts no peer that nobody can reach: of two nodes behind NAT neither can begin', async () => {
    writeFileSync(path('store', 'a.yaml'), node('a', 1))
    await start()
    await until(async () => (await ask('/readyz?peers')).code === 200)
    expect(standsKey(PEER)).toBe(false)
  })

  it('answers for its health and its numbers, and names its pages', async () => {
    await startAndSettle()
    expect(await ask('/healthz')).toEqual({ code: 200, body: 'ok\n' })
    const { body } = await ask('/metrics')
    for (const name of ['peers 1', 'pods 0', 'addresses_free 253', 'drift_repairs_total 0', 'kernel_writes_total'])
      expect(body).toContain(`damask_${name}`)
    expect((await ask('/other')).code).toBe(404)
  })

  it('says its private key nowhere', async () => {
    await startAndSettle()
    const key = readFileSync(path('state', 'private.key'), 'utf8').trim()
    const said = [...lines, ...(await Promise.all(['/status', '/metrics', '/readyz'].map(ask))).map(({ body }) => body)]
    const written = ['world.snapshot'].map((name) => readFileSync(path('state', name), 'utf8'))
    expect(key).toHaveLength(44)
    for (const text of [...said, ...written]) expect(text).not.toContain(key)
  })

  it('does not start where another agent runs, and leaves that one alone', async () => {
    const agent = await startAndSettle()
    await expect(start()).rejects.toThrow(/another agent runs on/)
    expect((await ask('/healthz')).code).toBe(200)
    expect((await agent.status()).ready).toBeDefined()
  })
})
