import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { oneATurn } from './one-a-turn.ts'

test('of many that come at once one is done in each turn of the event loop, in their order', async () => {
  const turn = oneATurn()
  let turns = 0
  let isDone = false
  const count = (async () => {
    for (; !isDone; turns++) await setImmediate()
  })()
  const works = Array.from({ length: 5 }, (_, index) => turn(async () => [index, turns] as const))
  const done = await Promise.all(works)
  isDone = true
  await count
  expect(done.map(([index]) => index)).toEqual([0, 1, 2, 3, 4])
  expect(new Set(done.map(([, at]) => at)).size).toBe(5)
})

test('one that fails does not hold up the next', async () => {
  const turn = oneATurn()
  const failing = turn(async () => {
    throw new Error('refused')
  })
  const next = turn(async () => 'made')
  await expect(failing).rejects.toThrow('refused')
  expect(await next).toBe('made')
})
