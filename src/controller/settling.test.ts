import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { handClock, node, openTrial, type Trial } from './trial-controller.fixture.ts'

let trial: Trial
beforeEach(() => {
  trial = openTrial()
})
afterEach(() => trial.close())
/** A file that goes while the folder is listed may have it say more. */
const grantsSaid = (): string[] => trial.lines.filter((line) => line.startsWith('granted'))

describe('before the controller acts', () => {
  test('a node whose file is away for a moment keeps its slot', async () => {
    const { due, clock } = handClock()
    trial.start({ clock })
    await trial.until(() => due.length === 1)
    due[0]?.()
    await trial.becomes({ a: '1', b: '2' })
    await trial.until(() => due.length === 0)
    await trial.quiet() // what it wrote rings too
    trial.remove('a.yaml')
    await trial.until(() => due.length === 1)
    trial.put('a.yaml', node('a', 1))
    await trial.until(() => due.length === 0)
    await trial.quiet()
    expect(trial.granted()).toEqual({ a: '1', b: '2' })
    expect(grantsSaid()).toHaveLength(2)
  })

  test('its own time passes, no matter how often a busy folder rings, and does not begin anew at each ring', async () => {
    const { due, clock } = handClock()
    let looks = 0
    trial.start({ clock, read: () => trial.store.read().finally(() => looks++) })
    const touch = async (times: number): Promise<void> => {
      for (let time = 1; time <= times; time++) {
        const before = looks
        trial.put('c.yaml', `${node('c', 3)}# ${time}\n`)
        await trial.until(() => looks > before)
      }
      await trial.quiet()
    }
    await trial.until(() => due.length === 1)
    const [end] = due
    await touch(3)
    expect(trial.granted()).toEqual({})
    expect(due).toEqual([end])
    end?.()
    await trial.becomes({ a: '1', b: '2' })
    await trial.until(() => due.length === 0)
    await trial.quiet() // what it wrote rings too
    trial.remove('a.yaml')
    await trial.until(() => due.length === 1)
    await touch(2)
    trial.put('a.yaml', node('a', 1))
    await trial.until(() => due.length === 0)
    expect(grantsSaid()).toHaveLength(2)
  })

  test('a look that began before its time was over is no second look', async () => {
    const { due, clock } = handClock()
    const waiting: (() => void)[] = []
    let isSlow = false
    trial.start({
      clock,
      async read() {
        const result = await trial.store.read()
        if (isSlow) await new Promise<void>((resolve) => waiting.push(resolve))
        return result
      },
    })
    await trial.until(() => due.length === 1)
    isSlow = true
    trial.put('c.yaml', `${node('c', 3)}# seen\n`)
    await trial.until(() => waiting.length === 1)
    trial.put('b.yaml', node('b', 2, ', gateway: never'))
    due[0]?.()
    isSlow = false
    waiting[0]?.()
    await trial.quiet()
    expect(trial.granted()).toEqual({})
    due[0]?.()
    await trial.becomes({ a: '1', c: '2' })
  })

  test('what was intended before the world was broken is seen twice again', async () => {
    const { due, clock } = handClock()
    trial.start({ clock })
    await trial.until(() => due.length === 1)
    const [end] = due
    trial.put('b.yaml', 'kind: [')
    await trial.until(() => trial.lines.length === 1)
    // The one that is there is the pause before the next try.
    expect(due).not.toContain(end)
    trial.put('b.yaml', node('b', 2))
    await trial.quiet()
    expect(due).toHaveLength(1)
    expect(trial.granted()).toEqual({})
    due[0]?.()
    await trial.becomes({ a: '1', b: '2' })
  })
})
