import { expect, it } from 'vitest'
import { allEnded } from './all-ended.ts'

it('a failure is told only when nobody is at work any more', async () => {
  let hasEnded = false
  const slow = new Promise<void>((resolve) => {
    setTimeout(() => {
      hasEnded = true
      resolve()
    }, 30)
  })
  await expect(allEnded([Promise.reject(new Error('no')), slow])).rejects.toThrow('no')
  expect(hasEnded).toBe(true)
  expect(await allEnded([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2])
})
