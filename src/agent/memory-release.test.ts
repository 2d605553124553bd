import { expect, it } from 'vitest'
import { createHandClock } from '../../test/hand-clock.ts'
import { releaseSometimes } from './memory-release.ts'

it('memory is given back 2 s after it was asked for, and every 30 s at most', async () => {
  const clock = createHandClock(1_000_000)
  const times: number[] = []
  const release = releaseSometimes(clock, () => times.push(clock.now() - 1_000_000))
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
  const release = releaseSometimes(
    clock,
    () => released++,
    () => isBusy,
  )
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
  const release = releaseSometimes(clock, () => released++)
  release.ask()
  release.close()
  await clock.turn(60_000)
  expect(released).toBe(0)
})
