import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createNamespace, deleteNamespace } from '../linux/index.ts'
import { createNode, type NodeUnderTest, nodeText } from './agent.fixture.ts'

const POD = `damask-none-${process.pid}`
let node: NodeUnderTest
beforeAll(() => createNamespace(POD))
afterAll(() => deleteNamespace(POD))
beforeEach(async () => {
  node = await createNode()
})
afterEach(() => node.remove())

const add = () => node.askCni('ADD', `/run/netns/${POD}`)

describe('an ADD', () => {
  it('is told where the machine has no pod prefixes', async () => {
    node.write('a.yaml', nodeText('a', 1).replace(/podPrefixes: \[[^\]]*\]/, 'podPrefixes: []'))
    await node.start()
    await node.until(async () => (await node.status()).store.kind === 'read')
    expect(await add()).toMatchObject({
      code: 11,
      msg: 'this node has no pod prefixes, so no pod can be added here; give its Node some (spec.podPrefixes), and try again',
    })
  })

  it('is told that the network is not known, where it is not', async () => {
    rmSync(node.path('store', 'network.yaml'))
    await node.start()
    await node.until(async () => (await node.status()).store.kind === 'broken')
    expect(await add()).toMatchObject({ code: 11, msg: 'the network is not known here yet; try again' })
  })
})
