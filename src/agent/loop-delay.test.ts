import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHandClock, type HandClock } from '../../test/hand-clock.ts'
import { type LoopDelay, measureLoopDelay } from './loop-delay.ts'

let clock: HandClock
let delay: LoopDelay
beforeEach(() => {
  clock = createHandClock()
  delay = measureLoopDelay(clock)
})
afterEach(() => delay.close())

/** Longer than what another program on the machine costs by chance. */
const BLOCKED_MS = 200

async function block(): Promise<void> {
  await sleep(20)
  const end = performance.now() + BLOCKED_MS
  while (performance.now() < end);
  await sleep(20)
}

const longest = (): number => (delay.read()?.[1] ?? 0) * 1000

describe('the delay of the event loop', () => {
  it('is as long as the loop was blocked, and is told once', async () => {
    delay.note()
    await block()
    expect(longest()).toBeGreaterThan(BLOCKED_MS * 0.9)
    expect(longest()).toBeLessThan(BLOCKED_MS * 0.9)
  })

  it('is not measured before anybody asked for something, nor a while after', async () => {
    await block()
    expect(delay.read()).toBeUndefined()
    delay.note()
    await clock.turn(60_000)
    delay.read()
    await block()
    expect(delay.read()).toBeUndefined()
  })

  it('is kept over a time of rest', async () => {
    delay.note()
    await block()
    await clock.turn(60_000)
    delay.note()
    await sleep(20)
    expect(longest()).toBeGreaterThan(BLOCKED_MS * 0.9)
  })
})
