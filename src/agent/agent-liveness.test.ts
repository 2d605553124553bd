import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NEXT_HOP_ID } from '../model/index.ts'
import { createNode, NETWORK, type NodeUnderTest, nodeText, statusText } from './agent.fixture.ts'

let node: NodeUnderTest
beforeEach(async () => {
  node = await createNode()
})
afterEach(() => node.remove())

const put = (body: unknown) => node.ask('/liveness', { method: 'PUT', body })
const read = async (): Promise<unknown> => JSON.parse((await node.ask('/liveness')).body)
const ALL_ALIVE = { deadNodes: [], deadLegs: [] }

describe('who is taken for dead', () => {
  it('is nobody until somebody says so, is told to the plan at once, and shown', async () => {
    await node.startAndSettle()
    expect(await read()).toEqual(ALL_ALIVE)
    const { code, body } = await put({
      deadNodes: ['b'],
      deadLegs: [
        ['b', 'a'],
        ['a', 'b'],
      ],
    })
    const taken = { deadNodes: ['b'], deadLegs: [['a', 'b']] }
    expect([code, JSON.parse(body), await read()]).toEqual([200, taken, taken])
    await node.until(async () => (await node.ask('/readyz')).code === 200)
    const { liveness, devices } = await node.status()
    expect(liveness).toEqual({ ...taken, source: 'by hand' })
    expect(devices.find(({ name }) => name === 'damask-t1')?.legs).toEqual({ total: 1, alive: 0 })
  })

  it('narrows the group of next hops to who is alive, and touches no peer', async () => {
    node.write('network.yaml', NETWORK.replace('by: node', 'by: field }, gatewaysPerSite: 2, fabric: { kind: direct'))
    const fields = (number: number) => `, site: b, endpoint: { host: 203.0.113.${number}, port: 51820 }`
    node.write('b.yaml', nodeText('b', 2, fields(2)).replace('192.168.2.11', '192.168.2.12'))
    node.write('c.yaml', nodeText('c', 3, fields(3)).replace('192.168.3.11', '192.168.2.13'))
    // Who has no key is taken for dead by everybody.
    node.write('status/c.yaml', statusText('c', 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg='))
    await node.start()
    const groups = () =>
      node
        .kernel()
        .standing()
        .filter(({ kind }) => kind === 'next-hop-group')
    const members = () =>
      groups().map((entry) => 'members' in entry && entry.members.map((id) => id - NEXT_HOP_ID.tunnel))
    const untilMembers = (...slots: readonly number[]) =>
      node.until(() => JSON.stringify(members()) === JSON.stringify([slots]))
    await untilMembers(1, 2)
    await node.quiet()
    const written = node.kernel().applied().length
    await put({ deadNodes: ['b'] })
    await untilMembers(2)
    await put({ deadLegs: [['a', 'c']] })
    await untilMembers(1)
    await put({ deadNodes: ['b', 'c'] }) // where nobody is alive everybody is tried
    await untilMembers(1, 2)
    await node.quiet()
    const since = node.kernel().applied().slice(written)
    expect(new Set(since.map(({ entry }) => entry.kind))).toEqual(new Set(['next-hop-group']))
  })

  it('is nobody again when that is said, and after a restart', async () => {
    await node.startAndSettle()
    await put({ deadNodes: ['b'] })
    await put({})
    expect(await read()).toEqual(ALL_ALIVE)
    expect((await node.status()).liveness).toBeUndefined()
    await put({ deadLegs: [['a', 'b']] })
    await node.stop()
    await node.startAndSettle()
    expect(await read()).toEqual(ALL_ALIVE)
  })

  it.each([
    [{ deadNodes: ['bb'] }, 'there is no node "bb"; did you mean "b"?'],
    [{ deadLegs: [['a', 'x9']] }, 'there is no node "x9"'],
    [{ deadLegs: [['a', 'a']] }, 'a leg has two ends, and ["a", "a"] has one; name the node in deadNodes'],
    [
      { deadLegs: ['a-b'] },
      'deadLegs is a list of pairs of nodes, as in {"deadNodes": ["b1"], "deadLegs": [["a1", "b2"]]}',
    ],
    [
      { deadNodes: 'b' },
      'deadNodes is a list of names of nodes, as in {"deadNodes": ["b1"], "deadLegs": [["a1", "b2"]]}',
    ],
    [{ deadNode: ['b'] }, 'liveness has no field "deadNode"; did you mean "deadNodes"?'],
    [['b'], 'liveness is an object like {"deadNodes": ["b1"], "deadLegs": [["a1", "b2"]]}, and this is ["b"]'],
  ])('refuses %j with a sentence, and keeps what it had', async (body, sentence) => {
    await node.startAndSettle()
    await put({ deadNodes: ['b'] })
    expect(await put(body)).toEqual({ code: 400, body: `${sentence}\n` })
    expect(await read()).toEqual({ deadNodes: ['b'], deadLegs: [] })
  })
})
