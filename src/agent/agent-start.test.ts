import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyOf, parsePrefix } from '../model/index.ts'
import { formatIssue, openDirectoryStore } from '../store/index.ts'
import { createNode, type NodeUnderTest, PEER, ROUTE } from './agent.fixture.ts'

let node: NodeUnderTest
beforeEach(async () => {
  node = await createNode()
})
afterEach(() => node.remove())

describe('an agent that starts', () => {
  it('brings its kernel to the plan and publishes its key and the MTU of its underlay', async () => {
    const agent = await node.startAndSettle()
    expect(['link damask0', 'link damask-t1', ROUTE].filter((key) => !node.stands(key))).toEqual([])
    const { publicKey, site, role, underlay, devices } = await agent.status()
    expect({ site, role, underlay }).toEqual({ site: 'a', role: 'gateway', underlay: { link: 'eth0', mtuBytes: 1450 } })
    expect(devices.map(({ name }) => name).sort()).toEqual(['damask-t1', 'damask0'])
    const published = readFileSync(node.path('store', 'status', 'a.yaml'), 'utf8')
    expect(published).toContain(publicKey)
    expect(published).toContain('1450')
  })

  it('writes nothing and logs nothing when all is as planned, nor when it starts again', async () => {
    const agent = await node.startAndSettle()
    const { publicKey } = await agent.status()
    const written = node.kernel().applied().length
    const logged = node.lines.length
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(node.kernel().applied()).toHaveLength(written)
    expect(node.lines.slice(logged)).toEqual([])
    await node.stop()
    expect(node.stands(ROUTE)).toBe(true)
    const again = await node.startAndSettle()
    expect(node.kernel().applied()).toHaveLength(written)
    expect((await again.status()).publicKey).toBe(publicKey)
  })

  it('has its network from the snapshot before it asks the store, and when there is none', async () => {
    await node.startAndSettle()
    await node.stop()
    renameSync(node.path('store'), node.path('elsewhere'))
    node.reboot()
    let stoodBefore = false
    const agent = await node.start({
      openStore: async () => {
        stoodBefore = node.stands(ROUTE) && existsSync(node.path('run', 'cni.sock'))
        return { ...openDirectoryStore({ directory: node.path('store') }), formatIssue }
      },
    })
    expect(stoodBefore).toBe(true)
    await node.until(async () => ['away', 'broken'].includes((await agent.status()).store.kind))
    expect((await agent.status()).world).toMatchObject({ source: 'snapshot', nodes: 2 })
    renameSync(node.path('elsewhere'), node.path('store'))
    await node.until(async () => (await agent.status()).world.source === 'store')
  })

  it('takes nothing away by a snapshot that is older than what stands, as long as the store may know better', async () => {
    const peerFile = node.path('store', 'status', 'b.yaml')
    const peerText = readFileSync(peerFile, 'utf8')
    renameSync(peerFile, node.path('b.yaml'))
    const agent = await node.start()
    await node.until(async () => (await agent.status()).store.kind === 'read')
    await node.until(() => existsSync(node.path('state', 'world.snapshot')))
    const older = readFileSync(node.path('state', 'world.snapshot'))
    writeFileSync(peerFile, peerText)
    await node.until(() => node.stands(PEER))
    await node.quiet()
    await node.stop()
    writeFileSync(node.path('state', 'world.snapshot'), older)
    const written = node.kernel().applied().length

    const again = await node.start()
    await node.until(async () => (await again.status()).store.kind === 'read')
    await node.quiet()
    expect(node.kernel().applied().slice(written)).toEqual([])
    expect((await again.status()).drift.total).toBe(0)
  })

  it('puts all right by the snapshot once the store does not answer', async () => {
    await node.startAndSettle()
    await node.stop()
    const route = node.entryOf(ROUTE)
    if (route?.kind !== 'route') throw new Error('no route')
    const stranger = { ...route, to: parsePrefix('10.42.9.0/24') }
    await node.kernel().apply([{ op: 'create', entry: stranger }])
    renameSync(node.path('store'), node.path('elsewhere'))
    await node.start()
    await node.until(() => !node.stands(keyOf(stranger)))
  })

  it('goes on without a damaged snapshot, and says so', async () => {
    mkdirSync(node.path('state'), { mode: 0o700 })
    writeFileSync(node.path('state', 'world.snapshot'), 'damask-snapshot 2 00000000\n{}')
    await node.startAndSettle()
    expect(node.lines.join('')).toMatch(/"level":"warn".*world\.snapshot is damaged/)
  })

  it('refuses to run beside another one, and leaves that one alone', async () => {
    const agent = await node.startAndSettle()
    await expect(node.start()).rejects.toThrow(/another agent runs on/)
    expect((await node.ask('/healthz')).code).toBe(200)
    expect((await agent.status()).ready).toBeDefined()
  })

  it('says its private key nowhere', async () => {
    await node.startAndSettle()
    const key = readFileSync(node.path('state', 'private.key'), 'utf8').trim()
    const answers = await Promise.all(['/status', '/metrics', '/readyz'].map((target) => node.ask(target)))
    const snapshot = readFileSync(node.path('state', 'world.snapshot'), 'utf8')
    expect(key).toHaveLength(44)
    for (const text of [...node.lines, ...answers.map(({ body }) => body), snapshot]) expect(text).not.toContain(key)
  })
})
