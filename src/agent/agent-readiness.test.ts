import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNode, type NodeUnderTest, nodeText, PEER } from './agent.fixture.ts'
import type { Reason } from './readiness.ts'

let node: NodeUnderTest
beforeEach(async () => {
  node = await createNode()
})
afterEach(() => node.remove())

const reasons = async (): Promise<readonly Reason[]> => JSON.parse((await node.ask('/readyz?peers')).body).reasons
/** Between a change and the end of its round, that the plan does not stand yet is a reason too. */
const untilReasons = (...kinds: readonly Reason['kind'][]): Promise<void> =>
  node.until(async () => JSON.stringify((await reasons()).map(({ kind }) => kind)) === JSON.stringify(kinds))
const untilCode = (target: string, code: number): Promise<void> =>
  node.until(async () => (await node.ask(target)).code === code)

describe('an agent says how it is', () => {
  it('is ready once its plan stands, and has converged once every node has a key and every peer had a handshake', async () => {
    await node.startAndSettle()
    await untilReasons('no-handshake')
    expect((await reasons())[0]?.message).toMatch(/with b on damask-t1/)
    await untilCode('/readyz', 200)
    expect((await node.ask('/readyz?peers')).code).toBe(503)
    node.hearFromB()
    await untilCode('/readyz?peers', 200)
    node.write('c.yaml', nodeText('c', 3))
    await untilReasons('key-missing')
    expect((await reasons())[0]?.message).toMatch(/for c$/)
    await untilCode('/readyz', 200)
  })

  it('counts no peer that nobody can reach: of two nodes behind NAT neither can begin', async () => {
    node.write('a.yaml', nodeText('a', 1))
    await node.start()
    await untilCode('/readyz?peers', 200)
    expect(node.stands(PEER)).toBe(false)
  })

  it('answers for its health and its numbers, and names its pages', async () => {
    await node.startAndSettle()
    expect(await node.ask('/healthz')).toEqual({ code: 200, body: 'ok\n' })
    const { body } = await node.ask('/metrics')
    for (const name of ['peers 1', 'pods 0', 'addresses_free 253', 'drift_repairs_total 0', 'kernel_writes_total'])
      expect(body).toContain(`damask_${name}`)
    expect((await node.ask('/other')).code).toBe(404)
  })
})
