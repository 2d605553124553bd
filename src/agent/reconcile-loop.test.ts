import { describe, expect, it } from 'vitest'
import { createHandClock } from './hand-clock.ts'
import { openReconcileLoop } from './reconcile-loop.ts'

function loopUnderTest(options: { readonly roundMs?: number; readonly tryAgainAt?: () => number | undefined } = {}) {
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
      if (options.roundMs) await new Promise<void>((resolve) => void clock.after(options.roundMs ?? 0, resolve))
      atWork--
      return options.tryAgainAt?.()
    },
    async readUnannounced() {
      readings.push(clock.now())
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

  it('tries again when a round asks for it', async () => {
    let asked = 0
    const { clock, loop, rounds } = loopUnderTest({ tryAgainAt: () => (asked++ === 0 ? 3000 : undefined) })
    await loop.runNow()
    await clock.turn(10_000)
    expect(rounds).toEqual([0, 3000])
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
