import { describe, expect, it } from 'vitest'
import { createHandClock, type HandClock } from '../../test/hand-clock.ts'
import { openReconcileLoop } from './reconcile-loop.ts'

function loopUnderTest(
  options: {
    readonly roundMs?: number
    readonly readingMs?: number
    readonly tryAgainAt?: () => number | undefined
    readonly hasPutBack?: () => boolean
  } = {},
) {
  const clock = createHandClock(0)
  const rounds: number[] = []
  const readings: number[] = []
  let atWork = 0
  let mostAtWork = 0
  let hasDrifted = false
  const loop = openReconcileLoop({
    clock,
    async reconcile() {
      rounds.push(clock.now())
      mostAtWork = Math.max(mostAtWork, ++atWork)
      if (options.roundMs) await pass(clock, options.roundMs)
      atWork--
      return { tryAgainAt: options.tryAgainAt?.(), hasPutBack: options.hasPutBack?.() ?? false }
    },
    async readUnannounced() {
      readings.push(clock.now())
      mostAtWork = Math.max(mostAtWork, ++atWork)
      if (options.readingMs) await pass(clock, options.readingMs)
      atWork--
      return hasDrifted
    },
  })
  return {
    clock,
    loop,
    rounds,
    readings,
    mostAtWork: () => mostAtWork,
    drift: (is: boolean) => {
      hasDrifted = is
    },
  }
}

const pass = (clock: HandClock, milliseconds: number): Promise<void> =>
  new Promise((resolve) => void clock.after(milliseconds, resolve))

describe('the reconcile loop', () => {
  it('makes one round of a crowd of kernel events, 5 ms after the first', async () => {
    const { clock, loop, rounds } = loopUnderTest()
    await clock.turn(1000)
    for (let event = 0; event < 100; event++) loop.trigger('kernel')
    await clock.turn(100)
    expect(rounds).toEqual([1005])
  })

  it('lets a stream of events make no more than a round each 20 ms', async () => {
    const { clock, loop, rounds } = loopUnderTest()
    for (let ms = 0; ms < 1000; ms++) {
      loop.trigger('kernel')
      await clock.turn(1)
    }
    expect(rounds.length).toBeLessThanOrEqual(51)
    expect(rounds.length).toBeGreaterThan(30)
  })

  it('rests for three times as long as a round took, also where events come while it is at work', async () => {
    const { clock, loop, rounds } = loopUnderTest({ roundMs: 50 })
    for (let ms = 0; ms < 1000; ms++) {
      loop.trigger(ms % 2 === 0 ? 'kernel' : 'pods')
      await clock.turn(1)
    }
    expect(rounds.length).toBeLessThanOrEqual(5)
    expect(rounds.length).toBeGreaterThan(3)
  })

  it('makes the next round at once where the world changed while it was at work', async () => {
    const { clock, loop, rounds } = loopUnderTest({ roundMs: 200 })
    loop.trigger('world')
    await clock.turn(10)
    loop.trigger('kernel')
    loop.trigger('world')
    await clock.turn(2000)
    expect(rounds).toEqual([0, 200])
  })

  it('runs at once when the world changed, also while an event waits', async () => {
    const { clock, loop, rounds } = loopUnderTest()
    await clock.turn(1000)
    loop.trigger('kernel')
    loop.trigger('world')
    await clock.turn(50)
    expect(rounds).toEqual([1000])
  })

  it('never runs two rounds at once, and runs one more for what came meanwhile', async () => {
    const { clock, loop, rounds, mostAtWork } = loopUnderTest({ roundMs: 200 })
    loop.trigger('world')
    await clock.turn(10)
    for (const why of ['world', 'pods', 'kernel', 'world'] as const) loop.trigger(why)
    await clock.turn(2000)
    expect(mostAtWork()).toBe(1)
    expect(rounds).toHaveLength(2)
  })

  it('runs nothing in the steady state but the reading of what is not announced, every 5 s', async () => {
    const { clock, rounds, readings } = loopUnderTest()
    await clock.turn(60_000)
    expect(rounds).toEqual([])
    expect(readings).toHaveLength(12)
  })

  it('runs when what is not announced is not as planned', async () => {
    const { clock, rounds, drift } = loopUnderTest()
    drift(true)
    await clock.turn(5000)
    drift(false)
    await clock.turn(60_000)
    expect(rounds).toHaveLength(1)
  })

  it('never reads and makes a round at once, and makes the round when the reading is done', async () => {
    const { clock, loop, rounds, readings, mostAtWork } = loopUnderTest({ readingMs: 300 })
    await clock.turn(5100)
    loop.trigger('world')
    await clock.turn(50)
    expect([readings, rounds]).toEqual([[5000], []])
    await clock.turn(1000)
    expect([rounds, mostAtWork()]).toEqual([[5300], 1])
  })

  it('says since when it is at work, also where a reading hangs', async () => {
    const { clock, loop } = loopUnderTest({ readingMs: 1e9 })
    await clock.turn(100_000)
    expect(loop.workingSince()).toBe(5000)
  })

  it('puts back ever more slowly what somebody takes away again and again, and soon again once he stops', async () => {
    let isUndone = true
    const { clock, loop, rounds } = loopUnderTest({ hasPutBack: () => isUndone })
    await clock.turn(1000)
    for (let ms = 0; ms < 10_000; ms++) {
      loop.trigger('kernel')
      await clock.turn(1)
    }
    expect(rounds.slice(0, 4).map((at) => at - 1000)).toEqual([5, 45, 125, 285])
    expect(rounds.length).toBeLessThan(18)
    isUndone = false
    await clock.turn(2000)
    loop.trigger('kernel')
    await clock.turn(2000)
    const at = clock.now()
    loop.trigger('kernel')
    await clock.turn(10)
    expect(rounds.at(-1)).toBe(at + 5)
  })

  it('tries again when a round asks for it', async () => {
    let asked = 0
    const { clock, loop, rounds } = loopUnderTest({ tryAgainAt: () => (asked++ === 0 ? 3000 : undefined) })
    await loop.runNow()
    await clock.turn(10_000)
    expect(rounds).toEqual([0, 3000])
  })

  it('waits, when it is closed, for what is at work', async () => {
    const { clock, loop } = loopUnderTest({ readingMs: 100 })
    await clock.turn(5000)
    let isClosed = false
    const closed = loop.close().then(() => {
      isClosed = true
    })
    await clock.turn(50)
    expect(isClosed).toBe(false)
    await clock.turn(100)
    await closed
  })

  it('starts nothing after it was closed', async () => {
    const { clock, loop, rounds, readings } = loopUnderTest()
    loop.trigger('kernel')
    await loop.close()
    loop.trigger('world')
    await clock.turn(60_000)
    expect([...rounds, ...readings]).toEqual([])
  })
})
