import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Entry, keyOf, parseAddress, sysctl } from '../model/index.ts'
import { createNode, type NodeUnderTest, PEER, ROUTE, unclosed } from './agent.fixture.ts'
import type { AgentKernel } from './index.ts'

let node: NodeUnderTest
beforeEach(async () => {
  node = await createNode()
})
afterEach(() => node.remove())

function standing(key: string): Entry {
  const entry = node.entryOf(key)
  if (entry === undefined) throw new Error(`there is no ${key}`)
  return entry
}

describe('an agent and what others do to its kernel', () => {
  it('puts back at once what somebody removed, and remembers it', async () => {
    await node.startAndSettle()
    node.kernel().interfere({ op: 'delete', entry: standing(ROUTE) })
    expect(node.stands(ROUTE)).toBe(false)
    await node.until(() => node.stands(ROUTE), 4000)
    await node.until(async () => (await node.status()).drift.total === 1)
    expect((await node.status()).drift.latest).toMatchObject([{ op: 'create', entry: ROUTE }])
  })

  it('makes a lost tunnel anew with the endpoint last heard, and speaks first', async () => {
    await node.startAndSettle()
    node.hearFromB('198.51.100.7:4711')
    await node.until(async () => JSON.stringify(await node.status()).includes('198.51.100.7:4711'))
    node.datagrams.length = 0
    node.kernel().interfere({ op: 'delete', entry: standing('link damask-t1') })
    await node.until(() => node.stands(PEER) && node.stands(ROUTE))
    expect(node.entryOf(PEER)).toMatchObject({ endpoint: { address: parseAddress('198.51.100.7'), port: 4711 } })
    await node.until(() => node.datagrams.length > 0)
    expect(new Set(node.datagrams)).toEqual(new Set(['10.42.2.1']))
  })

  it('finds a WireGuard peer that somebody changed, which no kernel announces', async () => {
    await node.startAndSettle()
    const peer = standing(PEER)
    if (peer.kind !== 'wireguard-peer') throw new Error(`${PEER} is no peer`)
    node.kernel().interfere({ op: 'update', entry: { ...peer, allowedIps: [] }, observed: peer })
    await node.until(async () => {
      await node.status()
      return JSON.stringify(node.entryOf(PEER)) !== JSON.stringify({ ...peer, allowedIps: [] })
    })
  })

  it.each(['net/ipv4/fib_multipath_hash_policy', 'net/ipv4/ip_forward'])(
    'puts back the setting %s, which not every kernel announces',
    async (key) => {
      await node.startAndSettle()
      node.kernel().interfere({ op: 'create', entry: sysctl({ key, value: '0', because: [] }) })
      expect(node.kernel().sysctl(key)).toBe('0')
      await node.until(async () => {
        await node.status()
        return node.kernel().sysctl(key) === '1'
      })
    },
  )

  it('reports what the kernel refuses, tries it again after a while and never in a hot loop', async () => {
    let attempts = 0
    let refuses = true
    const refusing: AgentKernel = {
      ...unclosed(node.kernel()),
      async apply(changes) {
        const refused = refuses ? changes.filter(({ entry }) => keyOf(entry) === ROUTE) : []
        attempts += refused.length
        const rest = await node.kernel().apply(changes.filter((change) => !refused.includes(change)))
        return [...rest, ...refused.map((change) => ({ change, code: 'EINVAL', message: 'cannot add it: EINVAL' }))]
      },
    }
    const startedAt = Date.now()
    await node.start({ openKernel: async () => refusing })
    await node.until(async () => (await node.status()).failures.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 400))
    // Three passes of a round, and a round a second at the most.
    expect(attempts).toBeLessThanOrEqual(3 * (1 + Math.floor((Date.now() - startedAt) / 1000)))
    expect(node.stands(PEER)).toBe(true)
    const { code, body } = await node.ask('/readyz')
    expect(code).toBe(503)
    expect(JSON.parse(body).reasons).toContainEqual({ kind: 'failure', message: 'cannot add it: EINVAL' })
    refuses = false
    await node.until(() => node.stands(ROUTE))
    await node.until(async () => (await node.status()).failures.length === 0)
  })
})
