import { describe, expect, it } from 'vitest'
import { createHandClock } from '../../test/hand-clock.ts'
import { type NodeReport, type NodeStatus, type PublicKey, parseAddress } from '../model/index.ts'
import { createStatusPublisher } from './status-publisher.ts'

const OURS: NodeStatus = { name: 'a', publicKey: 'ours' as PublicKey }
const THEIRS: NodeStatus = { name: 'a', publicKey: 'theirs' as PublicKey }

function publisherUnderTest(start = 0) {
  const clock = createHandClock(start)
  const writes: number[] = []
  const reports: (NodeReport | undefined)[] = []
  const warnings: string[] = []
  let inStore: NodeStatus | undefined
  let refusals = 0
  const publisher = createStatusPublisher({
    async write(status, report) {
      if (refusals-- > 0) throw new Error('the disk is full')
      writes.push(clock.now())
      reports.push(report)
      const isNew = JSON.stringify(inStore) !== JSON.stringify(status)
      inStore = status
      return isNew
    },
    clock,
    log: { debug() {}, info() {}, warn: (_, message) => warnings.push(message), error() {} },
  })
  return {
    clock,
    publisher,
    writes,
    reports,
    warnings,
    refuse(times: number) {
      refusals = times
    },
    /** Somebody else writes; we read it. */
    overwrite(status: NodeStatus | undefined) {
      inStore = status
      publisher.seen(status)
    },
  }
}

describe('the status of a node', () => {
  it('is written once, and again only when there is something else to say', async () => {
    const { clock, publisher, writes } = publisherUnderTest()
    publisher.seen(undefined)
    for (let round = 0; round < 5; round++) publisher.publish(OURS)
    await clock.turn(10)
    publisher.seen(OURS)
    publisher.publish(OURS)
    await clock.turn(60_000)
    expect(writes).toEqual([0])
    publisher.publish({ ...OURS, underlayMtuBytes: 1400 })
    await clock.turn(60_000)
    expect(writes).toEqual([0, 60_010])
  })

  it('is tried again 5 s after it could not be written, and the same refusal is said once', async () => {
    const { clock, publisher, writes, refuse, warnings } = publisherUnderTest()
    refuse(2)
    publisher.publish(OURS)
    await clock.turn(60_000)
    expect(writes).toEqual([10_000])
    expect(warnings).toHaveLength(1)
  })

  it('is tried ever more slowly where the store goes on refusing it, up to each 30 s', async () => {
    const { clock, publisher, writes, refuse } = publisherUnderTest()
    refuse(6)
    publisher.publish(OURS)
    await clock.turn(600_000)
    expect(writes).toEqual([(5 + 5 + 10 + 20 + 30 + 30) * 1000])
  })

  it('is fought over with a second agent of that name no more than each 5 s, and that is said', async () => {
    const { clock, publisher, writes, warnings, overwrite } = publisherUnderTest()
    publisher.publish(OURS)
    for (let second = 0; second < 60; second++) {
      await clock.turn(1000)
      overwrite(THEIRS)
    }
    expect(writes.length).toBeGreaterThan(5)
    expect(writes.length).toBeLessThan(14)
    expect(warnings[0]).toMatch(/somebody else writes the status of node a/)
  })

  it('starts nothing after it was closed', async () => {
    const { clock, publisher, writes, refuse } = publisherUnderTest()
    refuse(1)
    publisher.publish(OURS)
    await clock.turn(10)
    await publisher.close()
    await clock.turn(60_000)
    expect(writes).toEqual([])
  })

  it('is written at once where it is another by then, whatever the store was read to have', async () => {
    const { clock, publisher, writes } = publisherUnderTest()
    publisher.publish(OURS)
    await clock.turn(1000)
    publisher.seen(undefined) // a store may leave out who is not in its world yet
    await clock.turn(1000)
    publisher.publish({ ...OURS, underlayMtuBytes: 1400 })
    await clock.turn(1000)
    expect(writes).toEqual([0, 2000])
  })

  it('is not said to be written by somebody else where it was removed', async () => {
    const { clock, publisher, writes, warnings, overwrite } = publisherUnderTest()
    publisher.publish(OURS)
    await clock.turn(1000)
    overwrite(undefined)
    await clock.turn(10_000)
    expect(writes).toEqual([0, 6000])
    expect(warnings).toEqual([])
  })
})

describe('the news of a node', () => {
  const REPORT: NodeReport = { isReady: true, pods: 3, version: '1.0.0' }
  const news = (fields: Partial<NodeReport> = {}) => ({ report: { ...REPORT, ...fields }, everyMs: 60_000 })

  it('goes with what plans are made of, at once', async () => {
    const { clock, publisher, writes, reports } = publisherUnderTest()
    publisher.publish(OURS, news())
    await clock.turn(5000)
    publisher.publish({ ...OURS, underlayMtuBytes: 1400 }, news({ pods: 4 }))
    await clock.turn(1000)
    expect(writes).toEqual([0, 5000])
    expect(reports).toEqual([REPORT, { ...REPORT, pods: 4 }])
  })

  it.each([
    ['readiness', OURS, news({ isReady: false, reason: 'why' })],
    ['a condition', { ...OURS, conditions: [{ type: 'A', message: 'b' }] }, news()],
    ['an address', { ...OURS, addresses: [{ address: parseAddress('10.0.0.1'), length: 24 }] }, news()],
  ])('is written soon where %s changed, and no more than each 10 s where it flaps', async (_, status, other) => {
    const { clock, publisher, writes } = publisherUnderTest()
    publisher.publish(OURS, news())
    for (let second = 1; second <= 30; second++) {
      await clock.turn(1000)
      if (second % 2 === 1) publisher.publish(status, other)
      else publisher.publish(OURS, news())
    }
    expect(writes).toEqual([0, 1000, 11_000, 21_000])
  })

  it('is written now and then where only its numbers changed', async () => {
    const { clock, publisher, writes, reports } = publisherUnderTest()
    for (let second = 0; second < 170; second++) {
      publisher.publish(OURS, news({ pods: second, lastHandshakeAt: second }))
      await clock.turn(1000)
    }
    expect(writes).toEqual([0, 60_000, 120_000])
    expect(reports.map((report) => report?.pods)).toEqual([0, 59, 119])
  })

  it('is not written again where it stays the same', async () => {
    const { clock, publisher, writes } = publisherUnderTest()
    for (let second = 0; second < 180; second++) {
      publisher.publish({ ...OURS, conditions: [] }, news())
      publisher.seen(OURS)
      await clock.turn(1000)
    }
    expect(writes).toEqual([0])
  })

  it('waits for nobody after the clock was set back', async () => {
    const { clock, publisher, writes } = publisherUnderTest(86_400_000)
    publisher.publish(OURS, news())
    await clock.turn(1000)
    publisher.publish(OURS, news({ isReady: false }))
    await clock.turn(1000)
    clock.set(0)
    publisher.publish(OURS, news())
    await clock.turn(10_000)
    expect(writes).toEqual([86_400_000, 86_401_000, 10_000])
  })
})
