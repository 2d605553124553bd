// A wrong newcomer is not the end of everybody's changes. `a` is a site of its own, `b` is in site y, where routes need one subnet.
import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNode, NETWORK, type NodeUnderTest, nodeText, ROUTE } from './agent.fixture.ts'

const BY_FIELD = NETWORK.replace('by: node', 'by: field')
const GATEWAY = ', endpoint: { host: 203.0.113.1, port: 51820 }'
/** Node `name` of site y, in the subnet of b where its third number is 2. */
const inY = (name: string, number: number, address: string, fields = ''): string =>
  nodeText(name, number, `, site: y${fields}`).replace(/192\.168\.\d+\.11/, address)

let node: NodeUnderTest
beforeEach(async () => {
  node = await createNode()
  node.write('network.yaml', BY_FIELD)
  node.write('a.yaml', nodeText('a', 1, `, site: x${GATEWAY}`))
  node.write('b.yaml', inY('b', 2, '192.168.2.11'))
})
afterEach(() => node.remove())

const issues = async (): Promise<string> => JSON.stringify((await node.status()).issues)
const storeText = async (): Promise<string> => JSON.stringify((await node.status()).store)
const route = (number: number): string => `route 218 10.42.${number}.0/24`
const LEFT_OUT = /node 0-c is left out: site y has fabric direct, and 0-c is not in the subnet of b .*; it is new here/

describe('an agent and a newcomer that cannot be planned', () => {
  it('leaves it out and says so, takes the changes of others, and takes it in once it is mended', async () => {
    await node.startAndSettle()
    const before = node.kernel().standing()
    node.write('0-c.yaml', inY('0-c', 9, '192.168.99.11'))
    await node.until(async () => LEFT_OUT.test(await issues()))
    await node.quiet()
    expect(node.kernel().standing()).toEqual(before)
    expect((await node.status()).store.kind).toBe('read')
    expect((await node.status()).world.nodes).toBe(2)
    node.write('b.yaml', inY('b', 5, '192.168.2.11'))
    await node.until(() => node.stands(route(5)) && !node.stands(ROUTE))
    node.write('0-c.yaml', inY('0-c', 9, '192.168.2.12'))
    await node.until(() => node.stands(route(9)))
    expect(await issues()).not.toMatch(/left out/)
  })

  it('remembers after a restart who was here first, whatever the order of names', async () => {
    await node.startAndSettle()
    node.write('0-c.yaml', inY('0-c', 9, '192.168.99.11'))
    await node.until(async () => LEFT_OUT.test(await issues()))
    await node.quiet()
    await node.stop()
    const before = node.kernel().standing()
    await node.start()
    await node.until(async () => (await node.status()).store.kind === 'read')
    await node.quiet()
    expect(await issues()).toMatch(LEFT_OUT)
    expect(node.kernel().standing()).toEqual(before)
  })

  it('refuses as a whole a change of the Network that would cut off nodes that worked', async () => {
    node.write('network.yaml', BY_FIELD.replace('sites:', 'fabric: { kind: vxlan }, sites:'))
    node.write('c.yaml', inY('c', 9, '192.168.99.11'))
    await node.startAndSettle()
    await node.until(() => node.stands(route(9)))
    const before = node.kernel().standing()
    node.write('network.yaml', BY_FIELD)
    await node.until(async () => (await storeText()).includes('c is not in the subnet of b'))
    node.write('d.yaml', nodeText('d', 7))
    await node.quiet()
    expect((await node.status()).store.kind).toBe('broken')
    expect(node.kernel().standing()).toEqual(before)
    rmSync(node.path('store', 'c.yaml'))
    await node.until(() => node.stands(route(7)) && !node.stands(route(9)))
  })

  it('does not begin where it is that newcomer itself, says why, and begins once it is mended', async () => {
    node.write('a.yaml', nodeText('a', 1, `, site: y${GATEWAY}`))
    node.write('c.yaml', inY('c', 9, '192.168.2.12'))
    await node.start()
    await node.until(async () => (await storeText()).includes('a is not in the subnet of b'))
    expect((await node.status()).store.kind).toBe('broken')
    expect(node.kernel().applied()).toEqual([])
    node.write('a.yaml', nodeText('a', 1, `, site: x${GATEWAY}`))
    await node.until(() => node.stands(ROUTE))
  })
})
