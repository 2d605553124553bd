import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Change, formatEndpoint, keyOf } from '../model/index.ts'
import { createNode, type NodeUnderTest, nodeText, PEER, ROUTE, unclosed } from './agent.fixture.ts'
import type { AgentKernel } from './index.ts'

let node: NodeUnderTest
beforeEach(async () => {
  node = await createNode({ speed: 50 }) // a minute takes 1.2 s
  node.write('b.yaml', nodeText('b', 2, ', endpoint: { host: b.example.org, port: 51820 }'))
})
afterEach(() => node.remove())

const endpoint = (): string | undefined => {
  const peer = node.entryOf(PEER)
  return peer?.kind === 'wireguard-peer' && peer.endpoint ? formatEndpoint(peer.endpoint) : undefined
}
const writesOfEndpoint = (): string[] =>
  node
    .kernel()
    .applied()
    .flatMap(({ op, entry }: Change) =>
      op === 'update' && entry.kind === 'wireguard-peer' && entry.endpoint ? [formatEndpoint(entry.endpoint)] : [],
    )
const reasonKinds = async (): Promise<string[]> => (await node.status()).ready.reasons.map(({ kind }) => kind)

describe('an endpoint that is a name', () => {
  it('is where the machine finds it, and is written once when it is found elsewhere', async () => {
    node.hosts.set('b.example.org', ['198.51.100.7', '2001:db8::7'])
    await node.startAndSettle()
    await node.until(() => endpoint() === '198.51.100.7:51820') // the underlay of this machine has IPv4 alone
    const before = writesOfEndpoint().length
    node.datagrams.length = 0
    node.hosts.set('b.example.org', ['198.51.100.8'])
    await node.until(() => endpoint() === '198.51.100.8:51820')
    await node.quiet()
    expect(writesOfEndpoint().slice(before)).toEqual(['198.51.100.8:51820'])
    expect((await node.status()).hostNames).toEqual([
      { name: 'b.example.org', nodes: ['b'], addresses: ['198.51.100.8'] },
    ])
    expect(node.datagrams).toEqual(['10.42.2.1']) // so that the session is opened there
  })

  it('does not move a peer back that roamed, however often the name is looked up', async () => {
    node.hosts.set('b.example.org', ['198.51.100.7'])
    await node.startAndSettle()
    await node.until(() => endpoint() === '198.51.100.7:51820')
    node.hearFromB('203.0.113.99:4711')
    const asked = node.asked.length
    await node.until(() => node.asked.length >= asked + 2)
    await node.quiet()
    expect(endpoint()).toBe('203.0.113.99:4711')
  })

  it('is written once, and not over where the peer roamed, also while something else is refused again and again', async () => {
    let refuses = false
    const refusing: AgentKernel = {
      ...unclosed(node.kernel()),
      async apply(changes) {
        const refused = refuses ? changes.filter(({ entry }) => keyOf(entry) === ROUTE) : []
        const failures = await node.kernel().apply(changes.filter((change) => !refused.includes(change)))
        return [...failures, ...refused.map((change) => ({ change, code: 'EINVAL', message: 'cannot add it' }))]
      },
    }
    node.hosts.set('b.example.org', ['198.51.100.7'])
    await node.startAndSettle({ openKernel: async () => refusing })
    await node.until(() => endpoint() === '198.51.100.7:51820')
    refuses = true
    const route = node.entryOf(ROUTE)
    if (route !== undefined) node.kernel().interfere({ op: 'delete', entry: route })
    await node.until(async () => (await node.status()).failures.length === 1)
    node.hosts.set('b.example.org', ['198.51.100.8'])
    await node.until(() => endpoint() === '198.51.100.8:51820')
    node.hearFromB('203.0.113.99:4711')
    const { attempts = 0 } = (await node.status()).failures[0] ?? {}
    await node.until(async () => ((await node.status()).failures[0]?.attempts ?? 0) > attempts)
    expect(endpoint()).toBe('203.0.113.99:4711')
  })

  it('stays where it was found while nobody can say where it is, and that is said once', async () => {
    node.hosts.set('b.example.org', ['198.51.100.7'])
    await node.startAndSettle()
    await node.until(() => endpoint() === '198.51.100.7:51820')
    node.hosts.set('b.example.org', new Error('no name server answers'))
    await node.until(async () => (await reasonKinds()).includes('name-unresolved'))
    const { reasons } = (await node.status()).ready
    expect(reasons.find(({ kind }) => kind === 'name-unresolved')?.message).toBe(
      'cannot resolve b.example.org, the endpoint of b: no name server answers; it is looked for at 198.51.100.7 as before',
    )
    const asked = node.asked.length
    await node.until(() => node.asked.length >= asked + 3)
    expect(node.lines.filter((line) => line.includes('cannot resolve b.example.org'))).toHaveLength(1)
    expect(endpoint()).toBe('198.51.100.7:51820')
    node.hearFromB()
    await node.until(async () => (await node.status()).ready.converged) // what it has serves
  })

  it('keeps a node from converging, and not from being ready, where it was never found', async () => {
    await node.startAndSettle()
    await node.until(async () => (await reasonKinds()).includes('name-unresolved'))
    const { ready, converged } = (await node.status()).ready
    expect({ ready, converged }).toEqual({ ready: true, converged: false })
    expect((await node.status()).hostNames).toEqual([
      { name: 'b.example.org', nodes: ['b'], addresses: [], error: 'nobody knows this name' },
    ])
  })

  it('that has no address of a family of this machine is said while the other end has not begun by itself', async () => {
    node.hosts.set('b.example.org', ['2001:db8::7'])
    await node.startAndSettle()
    await node.until(async () => (await reasonKinds()).includes('name-unusable'))
    const { ready, converged, reasons } = (await node.status()).ready
    expect({ ready, converged }).toEqual({ ready: true, converged: false })
    expect(reasons.find(({ kind }) => kind === 'name-unusable')?.message).toBe(
      'b.example.org, the endpoint of b, has no address of a family that this machine has: it has IPv6 only, the underlay eth0 ' +
        'IPv4 only; it is reached only where it begins itself',
    )
    expect(endpoint()).toBeUndefined()
    const isSaid = (line: string): boolean => line.includes('has no address of a family')
    await node.until(() => node.lines.some(isSaid))
    const asked = node.asked.length
    await node.until(() => node.asked.length >= asked + 3)
    expect(node.lines.filter(isSaid)).toHaveLength(1)
    node.hearFromB('203.0.113.99:4711')
    await node.until(async () => (await node.status()).ready.converged)
    expect(await reasonKinds()).toEqual([])
  })

  it('is known after a reboot without DNS, before the store is asked', async () => {
    node.hosts.set('b.example.org', ['198.51.100.7'])
    await node.startAndSettle()
    await node.until(() => endpoint() === '198.51.100.7:51820')
    await node.stop()
    node.reboot()
    node.hosts.delete('b.example.org')
    let before: string | undefined
    await node
      .start({
        openStore: () => {
          before = endpoint()
          return Promise.reject(new Error('the store is away'))
        },
      })
      .catch(() => {})
    expect(before).toBe('198.51.100.7:51820')
  })

  it('holds up nobody at the start: the network and the pods are there while nobody answers', async () => {
    const agent = await node.start({ resolveHost: () => new Promise(() => {}) })
    await node.until(async () => (await agent.status()).store.kind === 'read' && node.stands('link damask0'))
    expect((await node.askCni('VERSION')).code).toBeUndefined()
  })
})
