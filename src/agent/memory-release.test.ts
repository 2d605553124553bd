import { expect, it } from 'vitest'
import { createHandClock } from '../../test/hand-clock.ts'
import { releaseSometimes } from './memory-release.ts'

/** Each time it is asked, there is more. */
function growing(): () => number {
  let bytes = 1e6
  return () => (bytes *= 2)
}

it('memory that has hardly grown since is not looked through for ten minutes', async () => {
  const clock = createHandClock(1_000_000)
  let bytes = 100e6
  let released = 0
  const release = releaseSometimes({
    clock,
    residentBytes: () => bytes,
    release() {
      released++
      bytes = 80e6
    },
  })
  const isReleasedAt = async (now: number): Promise<boolean> => {
    const before = released
    bytes = now
    release.ask()
    await clock.turn(60_000)
    return released > before
  }
  expect(await isReleasedAt(100e6)).toBe(true)
  expect(await isReleasedAt(83e6)).toBe(false)
  expect(await isReleasedAt(85e6)).toBe(true)
  await clock.turn(600_000)
  expect(await isReleasedAt(81e6)).toBe(true)
})

it('memory is given back 2 s after it was asked for, and every 30 s at most', async () => {
  const clock = createHandClock(1_000_000)
  const times: number[] = []
  const release = releaseSometimes({
    clock,
    release: () => void times.push(clock.now() - 1_000_000),
    residentBytes: growing(),
  })
  release.ask()
  release.ask()
  for (let second = 0; second < 60; second++) {
    await clock.turn(1000)
    release.ask()
  }
  expect(times).toEqual([2000, 32_000])
})

it('memory is not given back while somebody would have to wait for that', async () => {
  const clock = createHandClock(1_000_000)
  let released = 0
  let isBusy = true
  const release = releaseSometimes({
    clock,
    release: () => void released++,
    isBusy: () => isBusy,
    residentBytes: growing(),
  })
  release.ask()
  await clock.turn(60_000)
  expect(released).toBe(0)
  isBusy = false
  await clock.turn(2000)
  expect(released).toBe(1)
  await clock.turn(60_000)
  expect(released).toBe(1)
})

it('nothing is left waiting once it is closed: a timer would keep a stopped agent alive', async () => {
  const clock = createHandClock()
  let released = 0
  const release = releaseSometimes({ clock, release: () => void released++, residentBytes: growing() })
  release.ask()
  release.close()
  await clock.turn(60_000)
  expect(released).toBe(0)
})
