import { describe, expect, it } from 'vitest'
import type { NodeStatus, PublicKey } from '../model/index.ts'
import { createHandClock } from './hand-clock.ts'
import { createStatusPublisher } from './status-publisher.ts'

const OURS: NodeStatus = { name: 'a', publicKey: 'ours' as PublicKey }
const THEIRS: NodeStatus = { name: 'a', publicKey: 'theirs' as PublicKey }

function publisherUnderTest() {
  const clock = createHandClock(0)
  const writes: number[] = []
  const warnings: string[] = []
  let inStore: NodeStatus | undefined
  let refusals = 0
  const publisher = createStatusPublisher({
    async write(status) {
      if (refusals-- > 0) throw new Error('the disk is full')
      writes.push(clock.now())
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
    warnings,
    refuse(times: number) {
      refusals = times
    },
    /** Somebody else writes; we read it. */
    overwrite(status: NodeStatus) {
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

  it('is tried again 5 s after it could not be written', async () => {
    const { clock, publisher, writes, refuse, warnings } = publisherUnderTest()
    refuse(2)
    publisher.publish(OURS)
    await clock.turn(60_000)
    expect(writes).toEqual([10_000])
    expect(warnings).toHaveLength(2)
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
})
