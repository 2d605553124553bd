// Links that delay, lose, reorder and repeat packets, and one that has no carrier for a moment. Nothing but the packets concerned is
// lost by it: sessions stay, what goes with a link comes back.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseAddress } from '../../src/model/index.ts'
import { expectAllPairs, expectReady } from '../lab/lab-check.ts'
import { labOfThisFile } from '../lab/lab-under-test.ts'
import { askIn, portOf } from '../lab/namespace-command.ts'
import { describePings, startPings } from '../lab/ping-stream.ts'
import { tcpFlows } from '../lab/tcp-flows.ts'

const PAIRS = 24
const lab = labOfThisFile(join(import.meta.dirname, '../worlds/two-sites.yaml'))
const measured: string[] = []
beforeAll(async () => {
  expect(await expectAllPairs(lab)).toBe(PAIRS)
})
afterAll(() => console.log(measured.join('\n')))

/** Of what goes to the node. */
function setQueue(node: string, ...queue: readonly string[]): void {
  const { namespace, port } = portOf(lab.record(), node)
  askIn(namespace, 'tc', 'qdisc', 'replace', 'dev', port, 'root', ...queue)
}
function setPort(node: string, state: 'up' | 'down'): void {
  const { namespace, port } = portOf(lab.record(), node)
  askIn(namespace, 'ip', 'link', 'set', port, state)
}
const driftOf = async (node: string): Promise<number> => (await lab.status(node)).drift.total

describe('a link that', () => {
  // Gateways: so it is on the tunnel, both ways, and on their private link too.
  const BAD = ['a1', 'b1']
  afterEach(() => {
    for (const node of BAD) setQueue(node, 'pfifo')
  })

  it.each([
    ['takes 200 ms, more or less', 'delay 200ms 40ms', BAD, 0],
    ['loses 5 of 100', 'loss 5%', BAD, 0.4],
    // Of one gateway: an echo passes its link twice.
    ['loses 30 of 100', 'loss 30%', ['a1'], 0.75],
    ['brings a quarter of them in another order', 'delay 20ms reorder 75% 50%', BAD, 0],
    ['brings each tenth twice', 'duplicate 10%', BAD, 0],
  ])('%s is borne', async (what, queue, nodes, lossShare) => {
    for (const node of nodes) setQueue(node, 'netem', ...queue.split(' '))
    const pings = startPings(what, lab.podNamespace('a2-a'), lab.podAddress('b2-a', 6), 100)
    const flows = await tcpFlows({
      from: lab.podNamespace('a2-a'),
      to: lab.podNamespace('b2-a'),
      address: parseAddress(lab.podAddress('b2-a', 4)),
      count: 3,
      bytes: 20_000,
      limitMilliseconds: 240_000,
    })
    await sleep(5000)
    const report = await pings.stop()
    measured.push(describePings(report))
    expect(flows.failed).toBe(0)
    expect(report.lost / (report.lost + report.answered), describePings(report)).toBeLessThanOrEqual(lossShare)
    await expectReady(lab)
  })

  it('was bad is as good as ever afterwards, and nothing was made anew', async () => {
    expect(await expectAllPairs(lab)).toBe(PAIRS)
    for (const node of ['a1', 'a2', 'b1', 'b2'])
      expect({ node, drift: await driftOf(node) }).toEqual({ node, drift: 0 })
  })
})

describe('a carrier that is gone for a second', () => {
  it.each(['a1', 'a2'])('comes back with all that went with it, at %s', async (node) => {
    setPort(node, 'down')
    await sleep(1000)
    setPort(node, 'up')
    await expectReady(lab)
    await expect.poll(() => expectAllPairs(lab)).toBe(PAIRS)
  })

  it.each(['a1', 'a2'])('while the agent of %s does nothing costs no more once it goes on', async (node) => {
    const agent = lab.record().processes.find((one) => one.what === 'agent' && one.node === node)
    if (agent === undefined) throw new Error(`${node} has no agent`)
    process.kill(agent.pid, 'SIGSTOP')
    try {
      setPort(node, 'down')
      await sleep(1000)
      setPort(node, 'up')
    } finally {
      process.kill(agent.pid, 'SIGCONT')
    }
    await expectReady(lab)
    await expect.poll(() => expectAllPairs(lab)).toBe(PAIRS)
  })
})
