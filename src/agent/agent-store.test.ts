import { readFileSync, renameSync, rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyOf } from '../model/index.ts'
import { formatIssue, openDirectoryStore } from '../store/index.ts'
import { createNode, NETWORK, type NodeUnderTest, nodeText, PEER, ROUTE } from './agent.fixture.ts'

let node: NodeUnderTest
beforeEach(async () => {
  node = await createNode()
})
afterEach(() => node.remove())

const storeKind = async (): Promise<string> => (await node.status()).store.kind

describe('an agent and its store', () => {
  it('keeps its plan when the store is broken, and says where', async () => {
    await node.startAndSettle()
    const written = node.kernel().applied().length
    node.write('b.yaml', 'kind: Node\nmetadata: { name: b }\nspec: { podPrefixs: [] }')
    await node.until(async () => (await storeKind()) === 'broken')
    // A file may be read while it is being written: then it is another mistake for a moment.
    await node.until(async () => /b\.yaml:\d+:\d+: /.test(JSON.stringify((await node.status()).store)))
    await node.quiet()
    expect(node.kernel().applied()).toHaveLength(written)
    node.write('b.yaml', nodeText('b', 3))
    await node.until(() => node.stands('route 218 10.42.3.0/24') && !node.stands(ROUTE))
  })

  it('keeps its plan when the world asks for what cannot be planned, and says what', async () => {
    await node.startAndSettle()
    const before = node.kernel().standing()
    node.write(
      'network.yaml',
      NETWORK.replace('sites:', 'fabric: { kind: direct }, sites:').replace('node }', 'field }'),
    )
    node.write('b.yaml', nodeText('b', 2, ', site: a'))
    node.write('a.yaml', nodeText('a', 1, ', site: a'))
    await node.until(async () => JSON.stringify((await node.status()).store).includes('b is not in the subnet of a'))
    await node.quiet()
    expect((await node.status()).store.kind).toBe('broken')
    expect(node.kernel().standing()).toEqual(before)
  })

  it('reads a store at once when it is mended, however long it was broken', async () => {
    await node.startAndSettle()
    const text = readFileSync(node.path('store', 'b.yaml'), 'utf8')
    for (let number = 1; number <= 4; number++) {
      node.write('b.yaml', text.replace('podPrefixes', `broken${number}`))
      await node.until(async () => JSON.stringify((await node.status()).store).includes(`broken${number}`))
    }
    node.write('b.yaml', text)
    // After four failures it would look by itself 8 s later.
    await node.until(async () => (await storeKind()) === 'read', 7000)
  })

  it('loses nothing when its node is taken out of the store', async () => {
    await node.startAndSettle()
    const before = node.kernel().standing().map(keyOf)
    rmSync(node.path('store', 'a.yaml'))
    rmSync(node.path('store', 'status', 'a.yaml'))
    await node.until(async () => (await storeKind()) === 'node-missing')
    await node.quiet()
    expect(node.kernel().standing().map(keyOf)).toEqual(before)
  })

  it('adds no pod while its node is not in the store: its pod prefixes may be granted to another', async () => {
    await node.startAndSettle()
    const own = readFileSync(node.path('store', 'a.yaml'), 'utf8')
    rmSync(node.path('store', 'a.yaml'))
    await node.until(async () => (await storeKind()) === 'node-missing')
    const status = () => node.askCni('STATUS', undefined, '1.1.0')
    expect(await status()).toMatchObject({ code: 50, msg: expect.stringContaining('the store has no Node a') })
    node.write('a.yaml', own)
    await node.until(async () => (await storeKind()) === 'read')
    expect(await status()).toEqual({})
  })

  it('has its tunnel also while its key cannot be published', async () => {
    await node.start({
      openStore: async () => ({
        ...openDirectoryStore({ directory: node.path('store') }),
        formatIssue,
        writeStatus: () => Promise.reject(new Error('the disk is full')),
      }),
    })
    await node.until(() => node.stands('wireguard-device damask-t1') && node.stands(PEER))
    await node.until(() => node.lines.join('').includes('cannot publish the status of this node'))
  })

  it('waits for a node that is not in the store yet', async () => {
    renameSync(node.path('store', 'a.yaml'), node.path('later.yaml'))
    await node.start()
    await node.until(async () => (await storeKind()) === 'node-missing')
    expect(node.kernel().applied()).toEqual([])
    expect((await node.ask('/readyz')).code).toBe(503)
    renameSync(node.path('later.yaml'), node.path('store', 'a.yaml'))
    await node.until(() => node.stands(PEER))
  })
})
