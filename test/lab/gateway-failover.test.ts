// A gateway is taken out and brought back while members of both sites ping each other every 10 ms. The test is the prober: it
// tells the agents. How many are lost is printed; what is expected is only that it ends.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { EXAMPLES } from './damask-process.ts'
import { expectAllPairs, expectReady } from './lab-check.ts'
import { setLiveness } from './lab-liveness.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { askIn, portOf } from './namespace-command.ts'
import { describePings, type PingReport, type PingStream, startPings } from './ping-stream.ts'

const lab = labOfThisFile(`${EXAMPLES}/two-gateways.yaml`)
const NODES = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3']
const INTERVAL_MILLISECONDS = 10
/** As long as a prober may take to be sure. */
const NOTICE_MILLISECONDS = 500
/** As long as agents on a busy machine may take to do as they are told. */
const BUSY_MILLISECONDS = 8000
const LIMIT_MILLISECONDS = NOTICE_MILLISECONDS + BUSY_MILLISECONDS

const measured: string[] = []
afterAll(() => console.log(measured.join('\n')))
afterEach(async () => {
  for (const node of NODES) setPort(node, 'up')
  await setLiveness(lab, NODES, {})
})

/** Members with their pods, and the gateway that is left: by chance alone some of these ways go by the one that is taken out. */
const WAYS = [
  ['a3-a', 'b3-a', 4],
  ['a3-a', 'b3-a', 6],
  ['b3-a', 'a3-a', 6],
  ['a3', 'b3-a', 4],
  ['a3', 'b3-a', 6],
  ['b3', 'a3-a', 4],
  ['b3', 'a3-a', 6],
  ['a3-a', 'LEFT', 4],
  ['LEFT', 'a3-a', 6],
  ['LEFT', 'b3-a', 4],
] as const

/** Pings by all ways during the work, but for those of the pod that is out. */
async function under(
  phase: string,
  left: string,
  work: (streams: readonly PingStream[]) => Promise<void>,
): Promise<readonly PingReport[]> {
  const streams = WAYS.map(([from, to, family]) => {
    const [a, b] = [from, to].map((name) => name.replace('LEFT', left))
    const what = `${phase}: ${a} to ${b}, IPv${family}`
    return startPings(what, namespaceOf(a ?? ''), lab.podAddress(b ?? '', family), INTERVAL_MILLISECONDS)
  })
  await Promise.all(streams.map(({ flows }) => flows))
  await work(streams)
  const reports = await Promise.all(streams.map(({ stop }) => stop()))
  measured.push(...reports.map(describePings))
  return reports
}

/** For a second. */
async function untilAllFlow(streams: readonly PingStream[]): Promise<void> {
  const enough = streams.map((stream) => stream.answered() + 1000 / INTERVAL_MILLISECONDS)
  const flows = (): boolean => streams.every((stream, index) => stream.answered() > (enough[index] ?? 0))
  await expect.poll(flows).toBe(true)
}

const namespaceOf = (place: string): string =>
  lab.record().layout.nodes.find(({ name }) => name === place)?.namespace ?? lab.podNamespace(place)

function setPort(node: string, state: 'up' | 'down'): void {
  const { namespace, port } = portOf(lab.record(), node)
  askIn(namespace, 'ip', 'link', 'set', port, state)
}

describe('a gateway that is taken out', () => {
  it.each([
    ['over vxlan', 'b1', 'b2-a'],
    ['over direct', 'a1', 'a2-a'],
  ])('costs what was on its way until it is noticed, and nothing when it comes back: %s', async (_, gateway, left) => {
    const others = NODES.filter((name) => name !== gateway)
    const lost = await under(`${gateway} lost`, left, async (streams) => {
      await sleep(1000)
      setPort(gateway, 'down')
      await sleep(NOTICE_MILLISECONDS)
      await setLiveness(lab, others, { deadNodes: [gateway] })
      await untilAllFlow(streams)
    })
    expect(
      lost.some(({ lost: count }) => count > 0),
      'nobody went by it',
    ).toBe(true)
    for (const report of lost) {
      expect(report.longestGapMilliseconds, describePings(report)).toBeLessThan(LIMIT_MILLISECONDS)
      expect(report.lost, describePings(report)).toBeLessThan(LIMIT_MILLISECONDS / INTERVAL_MILLISECONDS)
    }

    const without = await under(`without ${gateway}`, left, () => sleep(2000))
    // Whatever went by it would lose all of 200; a busy machine overruns a buffer now and then.
    for (const report of without) expect(report.lost, describePings(report)).toBeLessThanOrEqual(20)

    const back = await under(`${gateway} back`, left, async (streams) => {
      setPort(gateway, 'up')
      await sleep(2000)
      await setLiveness(lab, others, {})
      await sleep(2000)
      await untilAllFlow(streams)
    })
    for (const report of back)
      expect(report.lost, describePings(report)).toBeLessThan(BUSY_MILLISECONDS / INTERVAL_MILLISECONDS)
    await expectReady(lab)
    await expectAllPairs(lab)
  })
})
